/** Whether a text is an IPv6 address without brackets; a zone such as `%eth0` may follow. */
export const isIPv6 = (text: string): boolean => {
  const address = /^([0-9a-f:.]+)(?:%[\w.~-]+)?$/i.exec(text)?.[1];
  return address !== undefined && address.includes(':') && URL.canParse(`http://[${address}]/`);
};
