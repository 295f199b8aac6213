/** One implementation of `Push`, in a process of its own: `client-process.ts lean|sdk`. */
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { createPush } from '../../../packages/core/src/apigateway/push.ts';
import type { Push } from '../../../packages/core/src/sessions/ports.ts';
import { createSdkPush } from '../../../packages/core/test/support/sdk-push.ts';
import { answerParent } from '../gateway/child.ts';

export type ClientCommands = typeof commands;
export type SubjectName = keyof typeof subjects;

const subjects = { sdk: createSdkPush, lean: createPush };
const create = subjects[process.argv[2] as SubjectName];
/** One for each endpoint: kept, as in a function, with its connections. */
const pushes = new Map<string, Push>();
const failures = new Set<string>();

/** As long as those that Lambda gives. */
const credentials = {
  accessKeyId: 'ASIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  sessionToken: 'T'.repeat(900),
};

const pushTo = (endpoint: string): Push => {
  const push =
    pushes.get(endpoint) ??
    create({
      endpoint,
      region: async () => 'eu-central-1',
      credentials: async () => credentials,
      onFailure: (_, error) => void failures.add(String(error)),
      requestTimeoutMs: 30_000,
    });
  pushes.set(endpoint, push);
  return push;
};

const commands = {
  async trust(cert: string) {
    setDefaultCACertificates([...getCACertificates(), cert]);
  },
  /** Sends one message of so many bytes to so many connections. @returns the CPU time that it took, milliseconds */
  async fanOut({ endpoint, posts, bytes }: { endpoint: string; posts: number; bytes: number }): Promise<number> {
    const ids = Array.from(
      { length: posts },
      (_, index) => `${Buffer.from(`listener${index}`).toString('base64url')}=`,
    );
    const empty = JSON.stringify({ type: 'speakerReplaced', sessionId: '', revision: 1 }).length;
    const message = { type: 'speakerReplaced', sessionId: 'x'.repeat(bytes - empty), revision: 1 } as const;
    const before = process.cpuUsage();
    const { delivered } = await pushTo(endpoint).fanOut(ids, message);
    const { user, system } = process.cpuUsage(before);
    if (delivered.length < posts) throw new Error(`Only ${delivered.length} of ${posts} delivered: ${[...failures]}`);
    return (user + system) / 1000;
  },
};

answerParent(commands);
