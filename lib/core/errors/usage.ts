import { AsyncMongoError, type AsyncMongoErrorOptions } from './base.js';

/** An option, or a combination of options, that cannot work. Raised before any I/O. */
export class ConfigurationError extends AsyncMongoError {
  static {
    this.prototype.name = 'ConfigurationError';
  }

  constructor(message: string, options?: AsyncMongoErrorOptions, code = 'ERR_CONFIGURATION') {
    super(message, 'configuration', code, options);
  }
}

/** A connection string that cannot be read. The message points at the part and never holds a password. */
export class InvalidURI extends ConfigurationError {
  static {
    this.prototype.name = 'InvalidURI';
  }

  constructor(message: string, options?: AsyncMongoErrorOptions) {
    super(message, options, 'ERR_INVALID_URI');
  }
}

/** A database or collection name the server would refuse. */
export class InvalidName extends AsyncMongoError {
  static {
    this.prototype.name = 'InvalidName';
  }

  constructor(message: string, options?: AsyncMongoErrorOptions) {
    super(message, 'invalid-name', 'ERR_INVALID_NAME', options);
  }
}

/** A call that the state of its object forbids: a closed client, an ended session, an exhausted cursor. */
export class InvalidOperation extends AsyncMongoError {
  static {
    this.prototype.name = 'InvalidOperation';
  }

  constructor(message: string, options?: AsyncMongoErrorOptions) {
    super(message, 'invalid-operation', 'ERR_INVALID_OPERATION', options);
  }
}
