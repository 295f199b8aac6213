import { expect } from 'chai';
import { dynamoDbLocal, java } from '../../../../../scripts/tools/dynamodb-local.ts';
import { needTools } from '../../../../../scripts/tools/need-tools.ts';
import { systemClock } from '../../../src/clock.ts';
import { Engine } from '../../../src/dynamodb/engine/engine.ts';
import { compare } from './compare.ts';
import { type Answer, type DynamoDbLocal, startDynamoDbLocal } from './dynamodb-local.ts';
import { Generator, tables } from './operations.ts';

const OPERATIONS = Number(process.env.DIFFERENTIAL_OPERATIONS ?? 2000);
/** Another each day, so that what CI tries grows with time. */
const SEED = Number(process.env.DIFFERENTIAL_SEED ?? Math.floor(Date.now() / 86_400_000));

describe('The embedded DynamoDB beside DynamoDB Local', function () {
  this.timeout(60_000 + OPERATIONS * 20);
  let local: DynamoDbLocal;

  before(async function () {
    const [, { folder }] = await needTools(this, 'the engine beside DynamoDB Local', java, dynamoDbLocal);
    local = await startDynamoDbLocal(folder);
  });
  after(() => local?.stop());

  it(`answers ${OPERATIONS} random operations in the same way`, async () => {
    console.log(`      seed ${SEED}`);
    const engine = new Engine({ clock: systemClock, region: 'us-east-1', accountId: '000000000000' });
    const generator = new Generator(SEED);
    const ours = async (name: string, input: object): Promise<Answer> => {
      const { statusCode, body } = await engine.answer(`DynamoDB_20120810.${name}`, Buffer.from(JSON.stringify(input)));
      return { statusCode, body: JSON.parse(body) };
    };
    const differences: string[] = [];
    const words = new Map<string, number>();
    let [succeeded, refused] = [0, 0];

    for (const { name, input } of tables) {
      expect([(await local.call(name, input)).statusCode, (await ours(name, input)).statusCode]).to.deep.equal([
        200, 200,
      ]);
    }
    for (let count = 0; count < OPERATIONS; count++) {
      const operation = generator.next();
      const { name, input } = operation;
      const answers = await Promise.all([local.call(name, input), ours(name, input)]);
      if (answers[0].statusCode === 200) succeeded++;
      else refused++;
      const verdict = compare(operation, ...answers);
      if (verdict.kind === 'different')
        differences.push(`${count} ${name} ${JSON.stringify(input)}\n  ${verdict.text}`);
      if (verdict.kind === 'words') {
        const pair = `${verdict.local.slice(0, 90)} | ${verdict.ours.slice(0, 90)}`;
        words.set(pair, (words.get(pair) ?? 0) + 1);
      }
    }

    const inOtherWords = [...words.values()].reduce((sum, times) => sum + times, 0);
    console.log(`      ${succeeded} succeeded, ${refused} were refused, of these ${inOtherWords} in other words`);
    if (process.env.DIFFERENTIAL_WORDS) for (const [pair, times] of words) console.log(`      ${times} ${pair}`);
    expect(differences.slice(0, 10).join('\n\n')).to.equal('');
    // Most of what is tried must be possible, or little is compared.
    expect(succeeded).to.be.greaterThan(OPERATIONS * 0.4);
    // Where one thing is wrong, it is said in the same words.
    expect(inOtherWords).to.be.lessThan(refused * 0.4);
  });
});
