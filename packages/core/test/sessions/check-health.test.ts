import { expect } from 'chai';
import { ServiceError } from '../../src/protocol/index.ts';
import { createCheckHealth } from '../../src/sessions/index.ts';
import { fakeClock } from '../support/clock.ts';
import { refusal } from '../support/refusal.ts';

describe('checkHealth', () => {
  function setUp() {
    const clock = fakeClock(0);
    const database = { reads: 0, answers: true };
    const checkHealth = createCheckHealth({
      clock,
      sessions: {
        async find() {
          database.reads++;
          if (!database.answers) throw new ServiceError('SERVICE_UNAVAILABLE', 'The database does not answer');
          return undefined;
        },
      },
    });
    return { clock, database, checkHealth };
  }

  it('asks the database at most every ten seconds', async () => {
    const { clock, database, checkHealth } = setUp();
    for (let times = 0; times < 100; times++) await checkHealth();
    clock.advance(9_999);
    await checkHealth();
    expect(database.reads).to.equal(1);
    clock.advance(1);
    await checkHealth();
    expect(database.reads).to.equal(2);
  });

  it('says that the database does not answer, and when it does again', async () => {
    const { clock, database, checkHealth } = setUp();
    database.answers = false;
    await refusal(checkHealth(), 'SERVICE_UNAVAILABLE');
    database.answers = true;
    await refusal(checkHealth(), 'SERVICE_UNAVAILABLE');
    expect(database.reads).to.equal(1);
    clock.advance(10_000);
    await checkHealth();
  });
});
