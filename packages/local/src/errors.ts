/** Every failure the local runtime raises on purpose: one line that says what is wrong and what to do. The rest are bugs. */
export abstract class LocalRuntimeError extends Error {
  /** Never changes: tools and tests match on this, not on the message. */
  abstract readonly code: string;
}

/** The options of the command line that choose a port. */
export type PortOption = '--port' | '--http-port';

/** Another process listens on the port. */
export class PortInUseError extends LocalRuntimeError {
  override readonly name = 'PortInUseError';
  readonly code = 'PORT_IN_USE';
  readonly port: number;
  /** @param option the option of the command line that chooses it */
  constructor(port: number, host: string, option: PortOption, options?: ErrorOptions) {
    super(`Port ${port} is in use on ${host}: stop what listens there, or choose another with ${option}`, options);
    this.port = port;
  }
}

/** The system lets this user not listen on the port. */
export class PortNotAllowedError extends LocalRuntimeError {
  override readonly name = 'PortNotAllowedError';
  readonly code = 'PORT_NOT_ALLOWED';
  /** @param option the option of the command line that chooses it */
  constructor(port: number, option: PortOption, options?: ErrorOptions) {
    super(`This user may not listen on port ${port}: choose another with ${option}, such as one above 1023`, options);
  }
}

/** The data folder cannot be used: not writable, in use by another process, or made for other tables. */
export class DataFolderError extends LocalRuntimeError {
  override readonly name = 'DataFolderError';
  readonly code = 'DATA_FOLDER';
}

/** The file that `--env-file` names cannot be written. */
export class EnvFileError extends LocalRuntimeError {
  override readonly name = 'EnvFileError';
  readonly code = 'ENV_FILE';
  constructor(file: string, what: string, options?: ErrorOptions) {
    super(`The environment file ${file} ${what}: choose another with --env-file`, options);
  }
}

/** `--host` names no address of this machine. */
export class HostError extends LocalRuntimeError {
  override readonly name = 'HostError';
  readonly code = 'HOST';
  constructor(host: string, addresses: readonly string[], options?: ErrorOptions) {
    super(
      `${host} is no address of this machine: choose one of ${addresses.join(', ')} with --host, or 0.0.0.0 for all of them`,
      options,
    );
  }
}
