import { createPublisher, PublishError, type PublisherOptions } from '@sessions/backend';
import { expect } from 'chai';
import { addSecret, type System, startSystem } from '../src/index.ts';

const ENDPOINT = 'AWS_ENDPOINT_URL_LAMBDA';

/** A backend that publishes, by both of its entrances, to the real stack: with its signatures and its policies. */
const entrances: Readonly<Record<string, (system: System) => Partial<PublisherOptions>>> = {
  'by HTTP': ({ stack }) => ({ httpApiUrl: String(stack.stack.outputs.http_api_url) }),
  'by invocation': ({ stack }) => ({ functionName: String(stack.stack.outputs.publisher_function_name) }),
};

for (const [way, optionsOf] of Object.entries(entrances)) {
  describe(`a backend that publishes ${way}`, () => {
    const endpoint = process.env[ENDPOINT];
    let system: System;
    beforeEach(async () => {
      system = await startSystem();
      process.env[ENDPOINT] = system.stack.endpoint;
    });
    afterEach(async () => {
      if (endpoint === undefined) delete process.env[ENDPOINT];
      else process.env[ENDPOINT] = endpoint;
      await system?.stop();
    });

    const publisherWith = (credentials: { accessKeyId: string; secretAccessKey: string }) => {
      const { stack } = system.stack;
      return createPublisher({ ...optionsOf(system), region: stack.region, credentials } as PublisherOptions);
    };
    const failureOf = async (publishing: Promise<unknown>): Promise<PublishError> => {
      const error = await publishing.then(
        () => undefined,
        (reason: unknown) => reason,
      );
      if (!(error instanceof PublishError)) throw new Error(`Not refused: ${error}`);
      return error;
    };

    it('reaches the listeners of a language, and no others', async () => {
      const { sessionId } = await system.broadcast('priscilla');
      const spanish = await system.joined(sessionId, 'es');
      const french = await system.joined(sessionId, 'fr');
      const publisher = publisherWith(system.stack.credentials);

      const receipt = await publisher.publish({ sessionId, to: 'es', name: 'caption', data: { text: '¿Qué tal?' } });
      const toAll = await publisher.publish({ sessionId, to: 'all', data: null });

      expect(receipt).to.include({ channel: 'es', offset: 1, repeated: false, delivered: 1, gone: 0, failed: 0 });
      expect(toAll, 'both, and the speaker').to.include({
        channel: 'all',
        offset: 1,
        delivered: 3,
        gone: 0,
        failed: 0,
      });
      const caption = await spanish.next('message');
      expect(caption).to.include({ channel: 'es', offset: 1, name: 'caption', epoch: receipt.epoch });
      expect(caption.data).to.deep.equal({ text: '¿Qué tal?' });
      expect(await french.next('message')).to.include({ channel: 'all', offset: 1, data: null });
    });

    it('is named in the log with what became of the message, and never with the message', async () => {
      const lines: string[] = [];
      await system.stop();
      const logged = Promise.withResolvers<void>();
      system = await startSystem(
        {},
        {
          onLog: ({ line }) => {
            lines.push(line);
            if (line.includes('"Published"')) logged.resolve();
          },
        },
      );
      process.env[ENDPOINT] = system.stack.endpoint;
      const { sessionId } = await system.broadcast('priscilla');
      const publisher = publisherWith(system.stack.credentials);
      const words = `what only listeners may hear (${way})`;
      const name = `a name of the application (${way})`;
      addSecret('the data of a message', words);
      addSecret('the name of a message', name);

      await publisher.publish({ sessionId, to: 'es', name, data: { text: words } });
      await failureOf(publisher.publish({ sessionId, to: 'tlh', name, data: { text: words } }));
      await failureOf(publisher.publish({ sessionId, to: 'es', name, data: { text: words.repeat(1000) } }));

      await logged.promise;
      const published = lines.filter((line) => line.includes('"Published"')).map((line) => JSON.parse(line));
      expect(published).to.have.length(1);
      expect(published[0]).to.include({ sessionId, channel: 'es', offset: 1, delivered: 0 });
      expect(published[0].principal).to.match(way === 'by HTTP' ? /^arn:aws:/ : /^invocation$/);
      expect(published[0].bytes).to.be.greaterThan(words.length);
      expect(lines.filter((line) => line.includes(words) || line.includes(name))).to.deep.equal([]);
    });

    it('keeps the place of a message that it publishes again', async () => {
      const { sessionId } = await system.broadcast('priscilla');
      const publisher = publisherWith(system.stack.credentials);
      const caption = { sessionId, to: 'es', data: 'Hola', id: 'caption-1' };

      const first = await publisher.publish(caption);
      const other = await publisher.publish({ ...caption, id: 'caption-2' });
      const again = await publisher.publish(caption);

      expect([first, other, again].map(({ offset, repeated }) => [offset, repeated])).to.deep.equal([
        [1, false],
        [2, false],
        [1, true],
      ]);
    });

    it('learns why a message is refused, and what would be right', async () => {
      const { sessionId } = await system.broadcast('priscilla');
      const publisher = publisherWith(system.stack.credentials);

      const unknown = await failureOf(publisher.publish({ sessionId: 'gentle-shepherd-999', to: 'es', data: 1 }));
      const language = await failureOf(publisher.publish({ sessionId, to: 'tlh', data: 1 }));
      const large = await failureOf(publisher.publish({ sessionId, to: 'es', data: 'x'.repeat(40_000) }));

      expect(unknown.code).to.equal('SESSION_NOT_FOUND');
      expect(language.code).to.be.oneOf(['UNSUPPORTED_LANGUAGE', 'INVALID_LANGUAGE']);
      expect(language.details[0]).to.include({ field: 'to' });
      expect(large.code).to.equal('MESSAGE_TOO_LARGE');
      expect(large.message).to.include('32768');
      for (const { attempts, id } of [unknown, language, large]) {
        expect(attempts).to.equal(1);
        expect(id).to.match(/^[0-9a-f-]{36}$/);
      }
    });

    it('is told to check its credentials when they are not right', async () => {
      const { sessionId } = await system.broadcast('priscilla');
      const { accessKeyId } = system.stack.credentials;
      const publisher = publisherWith({ accessKeyId, secretAccessKey: 'of another account' });

      const error = await failureOf(publisher.publish({ sessionId, to: 'es', data: 1 }));

      expect(error).to.include({ code: 'NOT_AUTHORIZED', attempts: 1 });
    });
  });
}
