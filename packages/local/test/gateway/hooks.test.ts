import { expect } from 'chai';
import { ok, setUp, stopAll } from './set-up.ts';

const broken = (what: string) => () => {
  throw new Error(what);
};

describe('A hook that throws', () => {
  afterEach(stopAll);

  it('is reported, and changes nothing for the connections', async () => {
    const errors: string[] = [];
    const { connect, until, eventsOf } = await setUp({
      routes: { buy: { run: () => ({ body: 'bought' }), hasRouteResponse: true }, $disconnect: ok },
      onConnection: broken('onConnection'),
      onMessage: broken('onMessage'),
      onDisconnect: broken('onDisconnect'),
      onDisconnectDelivered: broken('onDisconnectDelivered'),
      deliverDisconnect: broken('deliverDisconnect'),
      onError: (error) => errors.push((error as Error).message),
    });
    const client = await connect();

    client.send({ action: 'nothing' });
    expect(JSON.parse(await client.next()).message).to.equal('Forbidden');
    client.send({ action: 'buy' });
    expect(await client.next()).to.equal('bought');
    client.socket.close();
    await until(() => eventsOf('$disconnect').length === 1);
    await new Promise(setImmediate);

    expect(errors).to.deep.equal([
      'onConnection',
      'onMessage',
      'onMessage',
      'onDisconnect',
      'deliverDisconnect',
      'onDisconnectDelivered',
    ]);
  });
});
