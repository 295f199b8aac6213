import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { expect } from 'chai';
import { dynamoDbLocal, java } from '../../../../scripts/tools/dynamodb-local.ts';
import { ministack } from '../../../../scripts/tools/ministack.ts';
import { isFastRun, leaveOutWhenFast, needTools } from '../../../../scripts/tools/need-tools.ts';
import { type DynamoDbLocal, startDynamoDbLocal } from '../dynamodb/differential/dynamodb-local.ts';
import { stopAll as stopOrders } from '../event-sources/set-up.ts';
import { stopAll as stopHttpStacks } from '../gateway/http/set-up.ts';
import { removeTemporaryFolders } from '../stack/set-up.ts';
import { checks } from './check.ts';
import { accountQuotaChecks } from './checks/account-quota.ts';
import { authorizerChecks } from './checks/authorizer.ts';
import { connectRouteChecks } from './checks/connect-route.ts';
import { connectionErrorChecks } from './checks/connection-errors.ts';
import { connectionsChecks } from './checks/connections.ts';
import { disconnectChecks } from './checks/disconnect.ts';
import { errorFrameChecks } from './checks/error-frames.ts';
import { eventFieldChecks } from './checks/event-fields.ts';
import { eventFilterChecks } from './checks/event-filters.ts';
import { eventPatternChecks } from './checks/event-patterns.ts';
import { eventSourceMappingChecks } from './checks/event-source-mappings.ts';
import { frameChecks } from './checks/frames.ts';
import { handshakeEventChecks } from './checks/handshake-events.ts';
import { httpAccessChecks } from './checks/http-access.ts';
import { httpEventChecks } from './checks/http-events.ts';
import { httpRouteChecks } from './checks/http-routes.ts';
import { laterEventChecks } from './checks/later-events.ts';
import { limitChecks } from './checks/limits.ts';
import { putEventsChecks } from './checks/put-events.ts';
import { responseChecks } from './checks/responses.ts';
import { routingChecks } from './checks/routing.ts';
import { streamChecks } from './checks/streams.ts';
import { timeChecks } from './checks/time.ts';
import { transactionChecks } from './checks/transactions.ts';
import { upgradeChecks } from './checks/upgrade.ts';
import { closeVisitors, destroyManagementClients } from './clients.ts';
import { matrix, page, pageFile } from './matrix.ts';
import {
  checkMinistack,
  type Ministack,
  readMinistackResults,
  startMinistack,
  writeMinistackResults,
} from './ministack.ts';
import { closeRecorders } from './recorder.ts';
import { unknownSources } from './sources.ts';
import { tableChecks } from './table-target.ts';
import { isRemote, stopTargets } from './targets.ts';

/**
 * What the local API Gateway promises to be, one check at a time; see docs/conformance.md. Everything goes through URLs,
 * so that `CONFORMANCE_URL` and its companions can name APIs that run elsewhere.
 */
describe('Conformance', function () {
  this.timeout(15_000);

  before(function () {
    leaveOutWhenFast(this, 'conformance');
  });
  afterEach(async () => {
    closeVisitors();
    destroyManagementClients();
    await stopOrders();
    await stopHttpStacks();
  });
  after(async () => {
    closeVisitors('all');
    await closeRecorders();
    await stopTargets();
    removeTemporaryFolders();
    if (!isFastRun()) console.log(matrix(checks));
    if (process.env.CONFORMANCE_REPORT) writeFileSync(process.env.CONFORMANCE_REPORT, page(checks));
  });

  connectRouteChecks();
  upgradeChecks();
  authorizerChecks();
  handshakeEventChecks();
  laterEventChecks();
  eventFieldChecks();
  routingChecks();
  errorFrameChecks();
  responseChecks();
  frameChecks();
  connectionsChecks();
  connectionErrorChecks();
  disconnectChecks();
  timeChecks();
  limitChecks();
  httpRouteChecks();
  httpEventChecks();
  httpAccessChecks();
  accountQuotaChecks();
  eventSourceMappingChecks();
  eventFilterChecks();
  eventPatternChecks();
  putEventsChecks();
  transactionChecks();
  streamChecks();

  describe('Tables, held against DynamoDB Local', function () {
    this.timeout(60_000);
    let local: DynamoDbLocal;

    before(async function () {
      const [, { folder }] = await needTools(this, 'conformance of DynamoDB Local', java, dynamoDbLocal);
      local = await startDynamoDbLocal(folder);
    });
    after(() => local?.stop());

    it('are what docs/conformance.md says of it', async () => {
      const wrong: string[] = [];
      for (const { id, dynamoDbLocal: expected, run } of tableChecks) {
        if (expected === 'cannot') continue;
        const found = await run(local).then(
          () => ({ result: 'pass', reason: '' }),
          (error: Error) => ({ result: 'fail', reason: error.message }),
        );
        if (found.result !== expected) wrong.push(`${id}: ${found.result} ${found.reason}`);
      }
      expect(wrong.join('\n')).to.equal('');
    });
  });

  if (!isRemote) {
    describe('Tables and events, held against ministack', function () {
      this.timeout(120_000);
      let other: Ministack;

      before(async function () {
        const [{ python }] = await needTools(this, 'conformance of ministack', ministack);
        other = await startMinistack(python);
      });
      after(() => other?.stop());

      it('are what docs/conformance.md says of it', async () => {
        const found = await checkMinistack(other, checks);
        if (process.env.CONFORMANCE_REPORT) writeMinistackResults(found);
        else expect(found).to.deep.equal(readMinistackResults());
      });
    });
  }

  describe('The suite itself', () => {
    it('has at least 120 checks, each with an id of its own and a source that is listed', () => {
      expect(checks.length).to.be.at.least(120);
      expect(new Set(checks.map(({ id }) => id)).size).to.equal(checks.length);
      expect(unknownSources(checks)).to.deep.equal([]);
      expect(
        checks.filter(({ source }) => !/^(facts §\d|RFC \d+ §|AWS: )/.test(source)).map(({ id }) => id),
      ).to.deep.equal([]);
    });

    // Unless it is being written.
    if (process.env.CONFORMANCE_REPORT) return;
    it('is what docs/conformance.md says (write it with `npm run generate`)', () => {
      const passed = checks.map((one) => ({ ...one, result: 'pass' as const }));
      expect(existsSync(pageFile) && readFileSync(pageFile, 'utf8')).to.equal(page(passed));
    });
  });
});
