/**
 * One DynamoDB to be measured, in a process of its own: `server-process.ts ours|http|<folder with dynalite installed>`.
 * `http` answers everything with `{}`: what no server on Node.js can go below. Writes its address in a line; answers each line on stdin with the CPU time that it has taken so far, in microseconds.
 */

import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { startDynamoDbServer } from '../../../packages/local/src/dynamodb/server.ts';

type Dynalite = (options: { createTableMs: number }) => Server;

async function start(which: string): Promise<string> {
  if (which === 'ours') return (await startDynamoDbServer()).endpoint;
  const server = which === 'http' ? startHttp() : startDynalite(which);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return `http://127.0.0.1:${address.port}`;
}

function startDynalite(folder: string): Server {
  const dynalite = createRequire(join(folder, 'package.json'))('dynalite') as Dynalite;
  return dynalite({ createTableMs: 0 });
}

function startHttp(): Server {
  return createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', () => {
      Buffer.concat(chunks);
      res
        .writeHead(200, { 'Content-Type': 'application/x-amz-json-1.0', 'Content-Length': 2, 'x-amz-crc32': '0' })
        .end('{}');
    });
  });
}

console.log(await start(String(process.argv[2])));
createInterface({ input: process.stdin })
  .on('line', () => {
    const { user, system } = process.cpuUsage();
    console.log(String(user + system));
  })
  .on('close', () => process.exit());
