import { expect } from 'chai';
import { permitsSource } from '../../src/lambda/permissions.ts';
import { matchesWildcard } from '../../src/wildcard.ts';
import { functionArn } from '../fixtures/functions.ts';
import { setUp, stopAll } from './set-up.ts';

const api = 'arn:aws:execute-api:us-east-1:000000000000:abc123';
const gateway = (sourceArn: string) => ({ principal: 'apigateway.amazonaws.com', sourceArn });
const permission = (sourceArn?: string) => ({
  principal: 'apigateway.amazonaws.com',
  action: 'lambda:InvokeFunction',
  ...(sourceArn !== undefined && { sourceArn }),
});

describe('Lambda permissions', () => {
  afterEach(stopAll);

  it('let API Gateway invoke by the exact route', () => {
    const permissions = [permission(`${api}/dev/$connect`)];

    expect(permitsSource({ permissions }, gateway(`${api}/dev/$connect`))).to.equal(true);
    expect(permitsSource({ permissions }, gateway(`${api}/dev/$disconnect`))).to.equal(false);
    expect(permitsSource({ permissions }, gateway(`${api}/prod/$connect`))).to.equal(false);
  });

  it('take the stage/route wildcard, and not the one with a method too many', () => {
    expect(permitsSource({ permissions: [permission(`${api}/*/*`)] }, gateway(`${api}/dev/join`))).to.equal(true);
    expect(permitsSource({ permissions: [permission(`${api}/*/*/*`)] }, gateway(`${api}/dev/join`))).to.equal(false);
  });

  it('do not serve one service for another', () => {
    const permissions = [permission()];

    expect(permitsSource({ permissions }, { principal: 'apigateway.amazonaws.com' })).to.equal(true);
    expect(permitsSource({ permissions }, { principal: 'events.amazonaws.com' })).to.equal(false);
  });

  it('are not asked for a role, whose own policies decide', () => {
    expect(permitsSource({ permissions: [] }, { principal: 'arn:aws:iam::000000000000:role/any' })).to.equal(true);
  });

  it('need the action', () => {
    const permissions = [{ principal: 'apigateway.amazonaws.com', action: 'lambda:GetFunction' }];

    expect(permitsSource({ permissions }, gateway(`${api}/dev/$connect`))).to.equal(false);
  });

  it('stop an invocation before it starts', async () => {
    const { runtime, records } = setUp({ fn: { permissions: [permission(`${api}/dev/$connect`)] } });

    const refused = await runtime.invoke(functionArn('worker'), { do: 'echo' }, gateway(`${api}/dev/other`));
    const allowed = await runtime.invoke(functionArn('worker'), { do: 'echo' }, gateway(`${api}/dev/$connect`));

    expect([refused.kind, allowed.kind]).to.deep.equal(['forbidden', 'returned']);
    expect(records.length).to.equal(1);
  });

  it('can be replaced by the assembler', async () => {
    const { invoke } = setUp({
      authorizeInvoke: (_fn, { principal }) => principal !== 'arn:aws:iam::000000000000:role/caller',
    });

    expect(await invoke({ do: 'echo' })).to.deep.equal({ kind: 'forbidden' });
  });

  it('match wildcards as IAM does', () => {
    const matching: [string, string][] = [
      ['*', ''],
      ['a*c', 'abbbc'],
      ['a?c', 'abc'],
      ['*:b:*', 'a:b:c:b:d'],
      ['a*b*c', 'aXbYbZc'],
      ['exact', 'exact'],
    ];
    const different: [string, string][] = [
      ['a?c', 'ac'],
      ['a*c', 'abcd'],
      ['exact', 'Exact'],
      ['', 'a'],
      ['a.c', 'abc'],
      ['?', ''],
    ];

    expect(matching.filter(([pattern, value]) => !matchesWildcard(pattern, value))).to.deep.equal([]);
    expect(different.filter(([pattern, value]) => matchesWildcard(pattern, value))).to.deep.equal([]);
  });
});
