/** Every failure the local runtime raises on purpose: one line that says what is wrong and what to do. The rest are bugs. */
export abstract class LocalRuntimeError extends Error {
  /** Never changes: tools and tests match on this, not on the message. */
  abstract readonly code: string;
}

/** Another process listens on the port. */
export class PortInUseError extends LocalRuntimeError {
  override readonly name = 'PortInUseError';
  readonly code = 'PORT_IN_USE';
  readonly port: number;
  constructor(port: number, options?: ErrorOptions) {
    super(`Port ${port} is in use on 127.0.0.1: stop what listens there, or choose another with --port`, options);
    this.port = port;
  }
}

/** The data folder cannot be used: not writable, in use by another process, or made for other tables. */
export class DataFolderError extends LocalRuntimeError {
  override readonly name = 'DataFolderError';
  readonly code = 'DATA_FOLDER';
}
