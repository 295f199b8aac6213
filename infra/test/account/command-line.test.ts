import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { runSetup } from './setup.ts';

describe('npm run account:setup', function () {
  this.timeout(30_000); // processes of their own

  let server: Server | undefined;
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sessions-account-'));
  });

  afterEach(async () => {
    server?.closeAllConnections();
    if (server) await new Promise((closed) => server?.close(closed));
    server = undefined;
    rmSync(folder, { recursive: true, force: true });
  });

  const needed = ['--repository', 'octo/sessions', '--region', 'eu-central-1', '--state-bucket', 'our-state'];

  it('says what is wrong with its command line, before it asks anything', async () => {
    const wrong: [string[], string][] = [
      [[], '--repository is missing (a GitHub repository, such as octo-org/sessions); --help lists all options'],
      [['--repository', 'octo'], '--repository must be a GitHub repository, such as octo-org/sessions, not "octo"'],
      [
        [...needed, '--state-bucket', 'Ours'],
        '--state-bucket must be a bucket\'s name: 3 to 63 lower-case letters, digits, dots, hyphens, not "Ours"',
      ],
      [[...needed, '--environments', 'dev,live'], '--environments must be any of dev,staging,prod, not "live"'],
      [[...needed, '--kms-key-arn', 'alias/ours'], '--kms-key-arn must be the ARN of a KMS key, not "alias/ours"'],
      [
        [...needed, '--extra-function-arn', 'ingestion'],
        '--extra-function-arn must be the ARN of a Lambda function, without version or alias, not "ingestion"',
      ],
      [[...needed, '--hosted-zone', 'Z1'], "Unknown option '--hosted-zone'"],
    ];
    for (const [args, message] of wrong) {
      const { code, stderr } = await runSetup(args, { url: 'http://127.0.0.1:9' });
      expect(code, args.join(' ')).to.equal(2);
      expect(stderr)
        .to.match(/^account:setup: /)
        .and.to.include(message);
    }
  });

  it('says whose a bucket is that it may not look at', async () => {
    server = createServer((_, response) => response.writeHead(403).end());
    await new Promise<void>((listening) => server?.listen(0, '127.0.0.1', listening));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

    const { code, stderr } = await runSetup([...needed, '--folder', folder], { url });

    expect(code).to.equal(1);
    expect(stderr).to.include('the bucket our-state may not be looked at: it belongs to another account');
  });
});
