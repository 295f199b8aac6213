import { expect } from 'chai';
import { compileRouteSelection } from '../../src/gateway/route-selection.ts';
import { setUp, stopAll } from './set-up.ts';

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
});

describe('Gateway: answers to messages (facts, sections 4 and 5)', () => {
  afterEach(stopAll);

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
});
