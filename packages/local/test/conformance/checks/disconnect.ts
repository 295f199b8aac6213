import { DeleteConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi';
import { expect } from 'chai';
import { check, section } from '../check.ts';
import { handshake, managementClient, type Visitor, visit } from '../clients.ts';
import { targetOf } from '../targets.ts';

async function toldOnDisconnect(visitor: Visitor) {
  const { disconnectStatusCode, disconnectReason } = (await visitor.told('$disconnect')).event.requestContext;
  return [disconnectStatusCode, disconnectReason];
}

const reasons = () => {
  check(
    'end-no-code',
    'A close frame without code: 1005, Client-side close frame status not set',
    { source: 'facts §2.4 CAP S16' },
    async () => {
      const visitor = await visit('main');
      visitor.socket.close();
      expect(await toldOnDisconnect(visitor)).to.deep.equal([1005, 'Client-side close frame status not set']);
    },
  );
  check('end-1001', 'A page that is left: 1001 without reason', { source: 'facts §2.4 CAP S17' }, async () => {
    const visitor = await visit('main');
    visitor.socket.close(1001);
    expect(await toldOnDisconnect(visitor)).to.deep.equal([1001, '']);
  });
  check(
    'end-1000',
    'A clean close by the client: 1000 without reason',
    { source: 'facts §2.4 CAP S17', confirmed: false },
    async () => {
      const visitor = await visit('main');
      visitor.socket.close(1000);
      expect(await toldOnDisconnect(visitor)).to.deep.equal([1000, '']);
    },
  );
  check(
    'end-own-code',
    "The client's own code and reason are passed on",
    { source: 'facts §2.4 CAP S17', confirmed: false },
    async () => {
      const visitor = await visit('main');
      visitor.socket.close(4000, 'had enough');
      expect(await toldOnDisconnect(visitor)).to.deep.equal([4000, 'had enough']);
    },
  );
  check(
    'end-tcp-drop',
    'A TCP connection that breaks: 1006 without reason',
    { source: 'facts §2.4, §16.1', confirmed: false },
    async () => {
      const visitor = await visit('main');
      visitor.socket.terminate();
      expect(await toldOnDisconnect(visitor)).to.deep.equal([1006, '']);
    },
  );
  check(
    'end-half-close',
    'A client that ends its TCP stream without a close frame: 1006 without reason',
    { source: 'facts §2.4, §16.1', confirmed: false },
    async () => {
      const visitor = await visit('main');
      visitor.wire.end();
      expect(await toldOnDisconnect(visitor)).to.deep.equal([1006, '']);
    },
  );
  check(
    'end-delete',
    'DELETE @connections: 1000, Connection Closed Normally',
    { source: 'facts §2.4 CAP S18' },
    async () => {
      const visitor = await visit('main');
      const ConnectionId = await visitor.id();
      await managementClient(await targetOf('main')).send(new DeleteConnectionCommand({ ConnectionId }));
      expect(await toldOnDisconnect(visitor)).to.deep.equal([1000, 'Connection Closed Normally']);
    },
  );
  check(
    'end-binary',
    'A binary frame: 1003 without reason',
    { source: 'facts §5, §7 DOC S33', confirmed: false },
    async () => {
      const visitor = await visit('main');
      visitor.socket.send(Buffer.from([1]), { binary: true });
      expect(await toldOnDisconnect(visitor)).to.deep.equal([1003, '']);
    },
  );
  check(
    'end-too-large',
    'A frame that is too large: 1009 without reason',
    { source: 'facts §7 DOC S22', confirmed: false },
    async () => {
      const visitor = await visit('main');
      visitor.send('x'.repeat(32_769));
      expect(await toldOnDisconnect(visitor)).to.deep.equal([1009, '']);
    },
  );
  check(
    'end-refused',
    'A connection that was refused gets no $disconnect',
    { source: 'facts §1 DOC S1', confirmed: false },
    async () => {
      const { ran } = await handshake('main', { do: { status: 401 } });
      const other = await visit('main');
      other.socket.close();
      await other.told('$disconnect');
      expect(await ran()).to.deep.equal(['authorizer', '$connect']);
    },
  );
  check(
    'end-result-ignored',
    'A failure of $disconnect changes nothing for the client',
    { source: 'facts §7 DOC S1' },
    async () => {
      const visitor = await visit('main', { failDisconnect: true });
      visitor.socket.close(1000);
      await visitor.told('$disconnect');
      expect(await (await visit('main')).ask({ body: 'fine' })).to.equal('fine');
    },
  );
  check(
    'end-once',
    'Both sides closing at the same time make one $disconnect',
    { source: 'facts §2.4', confirmed: false },
    async () => {
      const visitor = await visit('main');
      const ConnectionId = await visitor.id();
      const sdk = managementClient(await targetOf('main'));
      visitor.socket.close();
      await sdk.send(new DeleteConnectionCommand({ ConnectionId })).catch(() => undefined);
      await visitor.closed;
      await visitor.told('$disconnect');
      const other = await visit('main');
      other.socket.close();
      await other.told('$disconnect');
      expect(await visitor.untold()).not.to.include('$disconnect');
    },
  );
};

export function disconnectChecks(): void {
  section('$disconnect', reasons);
}
