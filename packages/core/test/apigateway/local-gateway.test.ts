import { expect } from 'chai';
import type { LocalStack } from '../../../local/src/index.ts';
import { connect, nextMessage, startShop, stopAll } from '../../../local/test/local-stack/set-up.ts';
import { removeTemporaryFolders } from '../../../local/test/stack/set-up.ts';
import { createPush } from '../../src/apigateway/index.ts';
import { createSdkPush } from '../support/sdk-push.ts';
import { message } from './push-contract.ts';

/** The local runtime's gateway, which checks signatures and policies as AWS does. */
describe('Push to a gateway with IAM', () => {
  let stack: LocalStack;
  beforeEach(async () => {
    stack = await startShop();
  });
  afterEach(stopAll);
  after(removeTemporaryFolders);

  for (const [name, create] of Object.entries({ createPush, createSdkPush })) {
    const push = (secretAccessKey = stack.credentials.secretAccessKey) =>
      create({
        endpoint: `${stack.endpoint}/dev`,
        region: async () => 'eu-west-1',
        credentials: async () => ({ ...stack.credentials, secretAccessKey }),
        onFailure: () => {},
      });

    it(`${name}: posts, looks up and closes`, async () => {
      const socket = await connect(stack.webSocketUrl);
      const [connection] = stack.gateway.connections();
      const id = connection?.connectionId ?? '';
      const received = nextMessage(socket);
      const closed = new Promise((resolve) => socket.once('close', resolve));

      expect(await push().send(id, message)).to.equal(true);
      expect(JSON.parse(await received)).to.deep.equal(message);
      expect(await push().lastActiveAt(id))
        .to.be.a('number')
        .and.at.most(Date.now());
      await push().close(id);
      expect(await closed).to.equal(1000);
      expect(await push().send(id, message)).to.equal(false);
      expect(await push().lastActiveAt(id)).to.equal(undefined);
    });

    it(`${name}: is refused with another secret`, async () => {
      await connect(stack.webSocketUrl);
      const ids = stack.gateway.connections().map(({ connectionId }) => connectionId);

      expect(await push('guessed').fanOut(ids, message)).to.deep.equal({ delivered: [], gone: [], failed: ids });
    });
  }
});
