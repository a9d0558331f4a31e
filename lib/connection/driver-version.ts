/** The version in package.json: what servers log for this driver. */
export const DRIVER_VERSION = '0.1.0';
