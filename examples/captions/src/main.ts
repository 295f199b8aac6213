/**
 * An example of a pipeline: it hears which languages are listened to, "translates" what is said, and publishes captions.
 *
 *   npm start -- --events http://127.0.0.1:9000 --env-file aws.env
 *   npm run example:captions
 *
 * Deployed, it is the same program with credentials of its own and the events from a queue (docs/pipeline.md).
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { createPublisher } from '@sessions/backend';
import { createSessionsView, type LifecycleBusEvent } from '../../../docs/events/consumer.mjs';
import { createCaptioner } from './captioner.ts';

const { HTTP_API_URL, SESSIONS_ENV = 'dev', PORT = '9000', CAPTION_EVERY_MS = '2000' } = process.env;

/** Each deployment leaves its outputs in Systems Manager, and so does the local stack. */
async function httpApiUrl(): Promise<string> {
  if (HTTP_API_URL !== undefined) return HTTP_API_URL;
  const name = `/sessions/${SESSIONS_ENV}/http_api_url`;
  const { Parameter } = await new SSMClient({}).send(new GetParameterCommand({ Name: name }));
  if (Parameter?.Value === undefined) throw new Error(`The parameter ${name} is empty: set HTTP_API_URL`);
  return Parameter.Value;
}

async function main(): Promise<void> {
  const publisher = createPublisher({ httpApiUrl: await httpApiUrl() });
  const captioner = createCaptioner({ publisher, everyMs: Number(CAPTION_EVERY_MS), log: (line) => console.log(line) });
  const view = createSessionsView(); // of docs/events.md: events come twice, and in any order

  const server = createServer(async (request, response) => {
    try {
      const session = view.apply((await json(request)) as LifecycleBusEvent);
      if (session) captioner.update({ ...session });
      response.writeHead(204).end(); // what is not answered with 2xx is posted again
    } catch (error) {
      console.error(`This was no event: ${error instanceof Error ? error.message : error}`);
      response.writeHead(400).end();
    }
  });
  server.listen(Number(PORT), '127.0.0.1');
  await once(server, 'listening');
  console.log(`Waiting for events on http://127.0.0.1:${(server.address() as AddressInfo).port}`);

  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  server.close();
  server.closeAllConnections();
  await captioner.stop();
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
