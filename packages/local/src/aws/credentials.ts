import { randomBytes } from 'node:crypto';
import { ACCOUNT_ID } from '../stack/account.ts';
import type { LambdaFunction, Role } from '../stack/model.ts';

/** Who makes a call. */
export interface Caller {
  /** What AWS would name in an error: an assumed role's session, or the account's root. */
  readonly arn: string;
  /** Absent for the operator. */
  readonly functionName?: string;
  /** Which instance of it. */
  readonly instanceId?: string;
  /** Whose policies decide; absent for the operator, who may do everything. */
  readonly role?: Role;
}

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Absent for the operator: long-lived keys have none. */
  readonly sessionToken?: string;
}

/** Hands out credentials, and tells callers apart by them. */
export interface CredentialStore {
  /** Those of one instance of a function; the same each time. Instances differ in them, not in what they may do. */
  ofInstance(fn: LambdaFunction, instanceId: string): Required<Credentials>;
  /** The instance is gone. Its calls that are still on their way count; the keys of older ones are forgotten. */
  retire(instanceId: string): void;
  /** Whoever runs the stack: tools and tests. */
  readonly operator: Credentials;
  /** undefined: there is no such key */
  callerOf(accessKeyId: string): Caller | undefined;
  /** The key's secret, to check signatures. undefined: there is no such key */
  credentialsOf(accessKeyId: string): Credentials | undefined;
}

/** Instances that are gone and whose keys still count, at most. */
const MOST_RETIRED = 100;
const KEY_CHARACTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
/** 20 characters, `ASIA…` for temporary keys and `AKIA…` for others, as AWS's. */
const newKeyId = (prefix: 'ASIA' | 'AKIA'): string =>
  prefix + Array.from(randomBytes(16), (byte) => KEY_CHARACTERS[byte % KEY_CHARACTERS.length]).join('');
const newSecret = (): string => randomBytes(30).toString('base64');

export function createCredentialStore(): CredentialStore {
  const callers = new Map<string, Caller>();
  const issued = new Map<string, Credentials>();
  const byInstance = new Map<string, Required<Credentials>>();
  const retired: string[] = [];
  const operator: Credentials = { accessKeyId: newKeyId('AKIA'), secretAccessKey: newSecret() };
  issued.set(operator.accessKeyId, operator);
  callers.set(operator.accessKeyId, { arn: `arn:aws:iam::${ACCOUNT_ID}:root` });
  return {
    operator,
    callerOf: (accessKeyId) => callers.get(accessKeyId),
    credentialsOf: (accessKeyId) => issued.get(accessKeyId),
    retire(instanceId) {
      retired.push(instanceId);
      if (retired.length <= MOST_RETIRED) return;
      const forgotten = retired.shift() ?? '';
      const accessKeyId = byInstance.get(forgotten)?.accessKeyId ?? '';
      byInstance.delete(forgotten);
      issued.delete(accessKeyId);
      callers.delete(accessKeyId);
    },
    ofInstance({ name, role }, instanceId) {
      const known = byInstance.get(instanceId);
      if (known) return known;
      const credentials = {
        accessKeyId: newKeyId('ASIA'),
        secretAccessKey: newSecret(),
        sessionToken: randomBytes(96).toString('base64'),
      };
      byInstance.set(instanceId, credentials);
      issued.set(credentials.accessKeyId, credentials);
      callers.set(credentials.accessKeyId, {
        arn: `arn:aws:sts::${ACCOUNT_ID}:assumed-role/${role.name}/${name}`,
        functionName: name,
        instanceId,
        role,
      });
      return credentials;
    },
  };
}
