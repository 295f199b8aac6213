import { expect } from 'chai';
import { compileRouteSelection } from '../../src/gateway/route-selection.ts';
import { hang, Outcome, ok, setUp, stopAll } from './set-up.ts';

/** `${request.body.<path>}`, which linters take for a template gone wrong. */
const variable = (path: string) => ['$', '{request.body.', path, '}'].join('');

describe('Gateway: route selection (facts, section 4)', () => {
  afterEach(stopAll);

  it('reads a path of the body', () => {
    const select = compileRouteSelection('$request.body.action');

    expect(select('{"action":"join"}')).to.equal('join');
    expect(select('{"action":5}')).to.equal('5');
    expect(select('{"action":true}')).to.equal('true');
    expect(select('{"action":["a",1]}')).to.equal('["a",1]');
    expect(select('{"action":{"a":1}}')).to.equal('{"a":1}');
  });

  it('makes an empty string of what is not there', () => {
    const select = compileRouteSelection('$request.body.action');

    for (const body of ['{}', '[]', '5', 'null', '"action"', '{"action":null}', '{"Action":"x"}']) {
      expect(select(body), body).to.equal('');
    }
    expect(compileRouteSelection('$request.body.toString')('{}')).to.equal('');
  });

  it('selects nothing by text that is not JSON', () => {
    const select = compileRouteSelection('$request.body.action');

    for (const body of ['hi', '', '{"action":', "{'action':'x'}"]) expect(select(body), body).to.equal(undefined);
  });

  it('reads nested paths, list items, and variables among constants', () => {
    expect(compileRouteSelection('$request.body.a.b')('{"a":{"b":"x"}}')).to.equal('x');
    expect(compileRouteSelection(variable('a[1].b'))('{"a":[0,{"b":"x"}]}')).to.equal('x');
    expect(compileRouteSelection(`${variable('a')}-${variable('b')}/v1`)('{"a":"x","b":2}')).to.equal('x-2/v1');
  });

  it('refuses a variable that it does not know', () => {
    expect(() => compileRouteSelection('$request.header.action')).to.throw(
      `routeSelectionExpression $request.header.action: $request.header.action is not known here; use $request.body.<path> or ${variable('<path>')}`,
    );
  });

  it('sends a message to its route, everything else to $default', async () => {
    const { connect, messages, until, eventsOf } = await setUp({ routes: { join: ok, $default: ok } });
    const client = await connect();

    const bodies = ['{"action":"join"}', '{"action":"JOIN"}', 'not json', '{"action":"$connect"}', '[]'];
    for (const body of bodies) client.send(body);
    await until(() => messages.length === 5);

    expect(messages.map(({ routeKey }) => routeKey)).to.deep.equal([
      'join',
      '$default',
      '$default',
      '$default',
      '$default',
    ]);
    expect(eventsOf('$default')[0].requestContext.routeKey).to.equal('$default');
  });

  it('answers Forbidden when there is no $default, and keeps the connection', async () => {
    const { connect, gateway } = await setUp({
      routes: { join: { run: () => ({ body: 'yes' }), hasRouteResponse: true } },
    });
    const client = await connect();

    client.send('hi');
    const frame = await client.next();
    client.send({ action: 'join' });

    const connectionId = gateway.connections()[0]?.connectionId ?? '';
    expect(frame).to.match(
      /^\{"message": "Forbidden", "connectionId":"[A-Za-z0-9_-]{15}=", "requestId":"[A-Za-z0-9_-]{15}="\}$/,
    );
    expect(JSON.parse(frame).connectionId).to.equal(connectionId);
    expect(await client.next()).to.equal('yes');
  });
});

describe('Gateway: answers to messages (facts, sections 4 and 5)', () => {
  afterEach(stopAll);

  /** A route `ask` whose function does what the message says; then a route `mark` that answers, to see that nothing came before. */
  const asking = (run: (event: { body: string }) => unknown, route = {}) =>
    setUp({
      routes: {
        ask: { run, hasRouteResponse: true, ...route },
        mark: { run: () => ({ body: 'mark' }), hasRouteResponse: true },
      },
    });
  const answerOf = async ({ connect, messages, until }: Awaited<ReturnType<typeof setUp>>) => {
    const client = await connect();
    client.send({ action: 'ask' });
    await until(() => messages.length === 1);
    client.send({ action: 'mark' });
    const first = await client.next();
    return first === 'mark' ? undefined : first;
  };

  it('are the body of a two-way route, whatever the status and headers', async () => {
    const world = await asking(() => ({ statusCode: 500, headers: { A: 'b' }, body: '{"type":"joined"}' }));

    expect(await answerOf(world)).to.equal('{"type":"joined"}');
  });

  it('are nothing when a two-way route returns no body', async () => {
    for (const result of [undefined, { statusCode: 200 }, { statusCode: 200, body: '' }, 'text', { body: { a: 1 } }]) {
      expect(await answerOf(await asking(() => result))).to.equal(undefined);
    }
  });

  it('are nothing on a one-way route, whatever it returns', async () => {
    for (const result of [undefined, { statusCode: 200, body: 'x' }, { statusCode: 501, body: 'x' }]) {
      expect(await answerOf(await asking(() => result, { hasRouteResponse: false }))).to.equal(undefined);
    }
  });

  it('are an error frame when the function throws, also on a one-way route', async () => {
    for (const hasRouteResponse of [true, false]) {
      const world = await asking(
        () => {
          throw new Error('secret detail');
        },
        { hasRouteResponse },
      );
      const frame = (await answerOf(world)) ?? '';
      expect(frame).to.match(
        /^\{"message": "Internal server error", "connectionId":"[\w-]{15}=", "requestId":"[\w-]{15}="\}$/,
      );
      expect(JSON.parse(frame).requestId).to.equal(world.eventsOf('ask')[0].requestContext.requestId);
    }
  });

  it('are an error frame when the function times out, is throttled or forbidden', async () => {
    const outcomes = [
      new Outcome({ kind: 'timedOut', timeoutSeconds: 3, durationMs: 3000 }),
      new Outcome({ kind: 'throttled' }),
      new Outcome({ kind: 'forbidden' }),
    ];
    for (const outcome of outcomes) {
      const frame = (await answerOf(await asking(() => outcome))) ?? '';
      expect(JSON.parse(frame).message).to.equal('Internal server error');
    }
  });

  it('are a timeout frame when the integration takes too long', async () => {
    const world = await asking(hang, { integrationTimeoutMs: 60 });

    const frame = (await answerOf(world)) ?? '';

    expect(frame).to.match(
      /^\{"message": "Endpoint request timed out", "connectionId":"[\w-]{15}=", "requestId":"[\w-]{15}="\}$/,
    );
  });

  it('do not come from a function that ends after its timeout', async () => {
    let finish = (_result: unknown) => {};
    const { connect } = await setUp({
      routes: {
        slow: {
          run: () => new Promise((resolve) => (finish = resolve)),
          hasRouteResponse: true,
          integrationTimeoutMs: 60,
        },
        mark: { run: () => ({ body: 'mark' }), hasRouteResponse: true },
      },
    });
    const client = await connect();

    client.send({ action: 'slow' });
    expect(JSON.parse(await client.next()).message).to.equal('Endpoint request timed out');
    finish({ body: 'too late' });
    client.send({ action: 'mark' });

    expect(await client.next()).to.equal('mark');
  });

  it('are an error frame when the body exceeds a message', async () => {
    const world = await asking(() => ({ body: 'x'.repeat(131_073) }));

    expect(JSON.parse((await answerOf(world)) ?? '').message).to.equal('Internal server error');
  });

  it('may overtake one another: messages of a connection run at the same time', async () => {
    let release = (_result: unknown) => {};
    const { connect } = await setUp({
      routes: {
        first: { run: () => new Promise((resolve) => (release = resolve)), hasRouteResponse: true },
        second: { run: () => ({ body: 'second' }), hasRouteResponse: true },
      },
    });
    const client = await connect();

    client.send({ action: 'first' });
    client.send({ action: 'second' });

    expect(await client.next()).to.equal('second');
    release({ body: 'first' });
    expect(await client.next()).to.equal('first');
  });

  it('are a throttle frame above the setting of the route, which replaces that of the stage', async () => {
    const { connect, eventsOf } = await setUp({
      routes: { a: { run: () => ({ body: 'a' }), hasRouteResponse: true }, b: ok },
      stage: {
        defaultThrottling: { rateLimit: 0.001, burstLimit: 1 },
        routeThrottling: new Map([['a', { rateLimit: 0.001, burstLimit: 2 }]]),
      },
    });
    const client = await connect();

    for (const action of ['a', 'a', 'a']) client.send({ action });
    const answers = [await client.next(), await client.next(), await client.next()];
    for (const action of ['b', 'b']) client.send({ action });

    expect(answers.filter((text) => text === 'a').length).to.equal(2);
    const frame = answers.find((text) => text !== 'a') ?? '';
    expect(frame).to.match(
      /^\{"message": "Too Many Requests", "connectionId":"[\w-]{15}=", "requestId":"[\w-]{15}="\}$/,
    );
    expect(JSON.parse(await client.next()).message).to.equal('Too Many Requests');
    expect(eventsOf('b').length).to.equal(1);
  });
});
