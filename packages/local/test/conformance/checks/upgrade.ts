import { expect } from 'chai';
import { check, section } from '../check.ts';
import { handshake, send, statusOf, upgradeHeaders, visit } from '../clients.ts';
import { targetOf } from '../targets.ts';

const addresses = () => {
  check(
    'stage-unknown',
    'Another stage is refused with 403',
    { source: 'facts §1, §16.5', confirmed: false },
    async () => {
      const { url } = await targetOf('main');
      expect((await send(url.replace(/\/[^/]*$/, '/elsewhere'), 'GET', upgradeHeaders)).status).to.equal(403);
    },
  );
  check('stage-missing', 'No stage is refused with 403', { source: 'facts §1, §16.5', confirmed: false }, async () => {
    const { url } = await targetOf('main');
    expect((await send(url.replace(/\/[^/]*$/, '/'), 'GET', upgradeHeaders)).status).to.equal(403);
  });
  check(
    'stage-below',
    'A path below the stage is refused with 403',
    { source: 'facts §1, §16.5', confirmed: false },
    async () => {
      const { url } = await targetOf('main');
      expect((await send(`${url}/more`, 'GET', upgradeHeaders)).status).to.equal(403);
    },
  );
  check(
    'plain-https',
    'A plain HTTPS request to the stage is answered with 426',
    { source: 'facts §1 CAP S12' },
    async () => {
      const { url } = await targetOf('main');
      expect((await send(url, 'GET', {})).status).to.equal(426);
    },
  );
  check(
    'plain-https-below',
    'A plain HTTPS request below the stage is answered with 426',
    { source: 'facts §1 CAP S12' },
    async () => {
      const { url } = await targetOf('main');
      expect((await send(`${url}/anything?x=1`, 'GET', {})).status).to.equal(426);
    },
  );
  check(
    'plain-https-elsewhere',
    'A plain HTTPS request to another path is answered with 403',
    { source: 'facts §1, §16.5', confirmed: false },
    async () => {
      const { url } = await targetOf('main');
      expect((await send(url.replace(/\/[^/]*$/, '/elsewhere'), 'GET', {})).status).to.equal(403);
    },
  );
  check('url-4096', 'A URL of 4096 characters is taken', { source: 'facts §7 DOC S22', api: 'bare' }, async () => {
    const { url } = await targetOf('bare');
    const used = `${new URL(url).pathname}?q=`.length;
    expect(await statusOf('bare', { userAgent: null, query: `q=${'x'.repeat(4096 - used)}` })).to.equal(101);
  });
  check(
    'url-4097',
    'A longer URL is refused with 414',
    { source: 'facts §7 DOC S22', confirmed: false, api: 'bare' },
    async () => {
      const { url } = await targetOf('bare');
      const used = `${new URL(url).pathname}?q=`.length;
      expect(await statusOf('bare', { userAgent: null, query: `q=${'x'.repeat(4097 - used)}` })).to.equal(414);
    },
  );
};

const protocol = () => {
  check('accept-key', 'Sec-WebSocket-Accept answers the key', { source: 'RFC 6455 §4.2.2' }, async () => {
    const { headers } = await handshake('main');
    // The RFC's own example.
    expect(headers['sec-websocket-accept']).to.equal('s3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
  });
  check('no-extensions', 'Compression is not negotiated', { source: 'RFC 6455 §9.1', confirmed: false }, async () => {
    const { headers } = await handshake('main', { headers: { 'Sec-WebSocket-Extensions': 'permessage-deflate' } });
    expect(headers).not.to.have.property('sec-websocket-extensions');
  });
  for (const [id, what, headers] of [
    ['version', 'another version of the protocol', { 'Sec-WebSocket-Version': '8' }],
    ['key', 'a key that is none', { 'Sec-WebSocket-Key': 'short' }],
    ['other', 'an upgrade to something else', { Upgrade: 'h2c' }],
  ] as const) {
    check(
      `upgrade-${id}`,
      `A handshake with ${what} is refused with 400`,
      { source: 'RFC 6455 §4.2.1', confirmed: false },
      async () => {
        const { url } = await targetOf('main');
        expect((await send(url, 'GET', { ...upgradeHeaders, ...headers })).status).to.equal(400);
      },
    );
  }
  check(
    'subprotocol-passed',
    'The subprotocol that $connect returns reaches the client',
    { source: 'facts §1 DOC S9' },
    async () => {
      const headers = { 'Sec-WebSocket-Protocol': 'v2' };
      const { socket } = await visit('main', { protocols: ['v1', 'v2'], do: { headers } });
      expect(socket.protocol).to.equal('v2');
    },
  );
  check('subprotocol-case', 'The name of that header may be in any case', { source: 'facts §1 DOC S9' }, async () => {
    const { headers } = await handshake('main', {
      protocols: ['v1'],
      do: { headers: { 'sec-websocket-protocol': 'v1' } },
    });
    expect(headers['sec-websocket-protocol']).to.equal('v1');
  });
  check(
    'subprotocol-none',
    'API Gateway chooses no subprotocol by itself',
    { source: 'facts §1 CAP S13' },
    async () => {
      const { status, headers } = await handshake('main', { protocols: ['v1'] });
      expect(status).to.equal(101);
      expect(headers).not.to.have.property('sec-websocket-protocol');
    },
  );
  check(
    'subprotocol-not-offered',
    'A subprotocol that was not offered is passed on all the same',
    { source: 'facts §1 DOC S9', confirmed: false },
    async () => {
      const { headers } = await handshake('main', { do: { headers: { 'Sec-WebSocket-Protocol': 'v9' } } });
      expect(headers['sec-websocket-protocol']).to.equal('v9');
    },
  );
  check(
    'subprotocol-offer',
    'Offered subprotocols arrive as one comma-separated header',
    { source: 'facts §1 DOC S9' },
    async () => {
      const { told } = await handshake('main', { protocols: ['session.v1', 'bearer.abc'] });
      const { event } = await told('$connect');
      expect(event.headers['Sec-WebSocket-Protocol']).to.equal('session.v1, bearer.abc');
    },
  );
};

export function upgradeChecks(): void {
  section('Handshake: addresses', addresses);
  section('Handshake: the WebSocket protocol', protocol);
}
