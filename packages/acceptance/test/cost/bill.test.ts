import { expect } from 'chai';
import { defaultAssumptions } from '../../../../scripts/cost/assumptions.ts';
import { billOf } from '../../../../scripts/cost/bill.ts';
import {
  type Measured,
  type Operation,
  type OperationName,
  operationNames,
  readMeasured,
} from '../../../../scripts/cost/measured.ts';
import { operationsOfSession, type Scenario } from '../../../../scripts/cost/usage.ts';

const scenario: Scenario = {
  listeners: 2,
  minutes: 120,
  heartbeatSeconds: 60,
  refreshMinutes: 100,
  rejoins: 1,
  sessionsPerMonth: 10,
};

const free: Operation = { functions: {}, writeUnits: 0, readUnits: 0, events: 0, messages: 0, bytesIn: 0, bytesOut: 0 };

/** Where a heartbeat and a sweep are all that costs. */
const measured: Measured = {
  itemBytes: { session: 1000, speaker: 1000, listener: 2000, indexEntry: 100 },
  operations: {
    ...(Object.fromEntries(operationNames.map((name) => [name, free])) as Record<OperationName, Operation>),
    heartbeat: {
      functions: { heartbeat: { invocations: 1, awsCallsInSequence: 1, logLines: 2, logBytes: 700 } },
      writeUnits: 1,
      readUnits: 0,
      events: 0,
      messages: 2,
      bytesIn: 60,
      bytesOut: 100,
    },
    sweep: {
      ...free,
      functions: { sweeper: { invocations: 1, awsCallsInSequence: 2, logLines: 2, logBytes: 700 } },
      readUnits: 2,
    },
  },
  memoryMb: { heartbeat: 512, sweeper: 1024 },
  architecture: 'arm64',
  customMetrics: ['A', 'B'],
  stack: { alarmMetrics: 12, dashboards: 1, accessLogBytes: 0 },
};

describe('a session', () => {
  it('is made of operations: everybody moves once in two hours, and each listener comes back once', () => {
    expect(operationsOfSession(scenario)).to.deep.equal({
      connectSpeaker: 2,
      connectListener: 6,
      createSession: 1,
      joinSession: 4,
      heartbeat: 357,
      heartbeatWithReminder: 3,
      refreshSpeaker: 1,
      refreshListener: 2,
      disconnectMovedListener: 2,
      disconnectListener: 2,
      disconnectWithoutRole: 4,
      statusNotification: 6,
      languagesChanged: 2,
      changeLanguage: 0,
      setBroadcastState: 0,
      getSessionStatus: 0,
      publishCaption: 0,
      publishCaptionPerListener: 0,
      publishAudio: 0,
      publishAudioPerListener: 0,
      endSession: 1,
      endSessionPerListener: 2,
      sweep: 0,
      sweepPerSession: 120,
    });
  });

  it('has a message in each language every so often, to each of its listeners', () => {
    expect(operationsOfSession({ ...scenario, listeners: 500, captionSeconds: 3, audioSeconds: 7 })).to.include({
      publishCaption: 12_000,
      publishCaptionPerListener: 1_200_000,
      publishAudio: 5140,
      publishAudioPerListener: 514_000,
    });
  });

  it('has nobody move who is gone by then', () => {
    const counts = operationsOfSession({ ...scenario, minutes: 100, rejoins: 0 });
    expect(counts).to.include({ connectListener: 2, refreshListener: 0, heartbeatWithReminder: 0, heartbeat: 300 });
  });
});

describe('a bill', () => {
  const bill = billOf(scenario, measured, {
    ...defaultAssumptions,
    invocationMs: 5,
    awsCallMs: 6,
    coldStarts: 0.01,
    initMs: 500,
    logDays: 30,
  });
  const quantities = (lines: readonly { price: string; quantity: number }[]) =>
    Object.fromEntries(lines.map(({ price, quantity }) => [price, Math.round(quantity * 1000) / 1000]));

  it('counts what a session uses', () => {
    expect(quantities(bill.session.lines)).to.deep.equal({
      message: 714, // 357 heartbeats and their acknowledgements
      connectionMinute: 360, // three connections for two hours
      lambdaRequest: 357,
      lambdaArmSecond: 2.856, // 357 of 5 + 5 + 6 ms, at half a GB
      writeUnit: 357,
      readUnit: 120, // 5,000 bytes instead of nothing, in each of 120 sweeps
      logIngestion: 357_000, // 700 bytes of ours and 300 of Lambda's
      logStorage: 352_109.589, // for 720 of 730 hours
      transferOut: 35_700,
    });
  });

  it('prices it', () => {
    const usd = Object.fromEntries(bill.session.lines.map(({ price, usd }) => [price, usd]));
    expect(usd.message).to.be.closeTo(0.000714, 1e-12);
    expect(usd.connectionMinute).to.be.closeTo(0.00009, 1e-12);
    expect(usd.lambdaRequest).to.be.closeTo(0.0000714, 1e-12);
    expect(usd.lambdaArmSecond).to.be.closeTo(0.00003808019, 1e-12);
    expect(usd.writeUnit).to.be.closeTo(0.000223125, 1e-12);
    expect(usd.readUnit).to.be.closeTo(0.000015, 1e-12);
    expect(usd.logIngestion).to.be.closeTo(0.00016624107, 1e-11);
    expect(usd.logStorage).to.be.closeTo(0.0000098378, 1e-10);
    expect(usd.transferOut).to.be.closeTo(0.0000029923, 1e-10);
    expect(bill.session.usd).to.be.closeTo(0.00133068, 1e-8);
    // Four listener-hours.
    expect(bill.session.usdPerListenerHour).to.be.closeTo(0.00033267, 1e-8);
  });

  it('has what stands there all month', () => {
    expect(quantities(bill.month.standing)).to.deep.equal({
      lambdaRequest: 43_800, // every minute of 730 hours
      lambdaArmSecond: 963.6, // of 5 + 5 + 12 ms, at one GB
      readUnit: 87_600,
      logIngestion: 43_800_000,
      logStorage: 43_200_000,
      scheduledEvent: 43_800,
      customMetric: 2,
      alarmMetric: 12,
      dashboard: 1,
    });
  });

  it('prices a month: what stands there, and its sessions', () => {
    // 0.00876 + 0.01284806 + 0.01095 + 0.02039593 + 0.00120699 + 0.0438 + 0.6 + 1.2 + 3
    expect(bill.month.standingUsd).to.be.closeTo(4.89796, 1e-5);
    expect(bill.month.sessionsUsd).to.be.closeTo(0.0133068, 1e-7);
    expect(bill.month.usd).to.be.closeTo(4.911268, 1e-5);
    expect(bill.month.usdPerListenerHour).to.be.closeTo(0.1227817, 1e-6);
  });

  it('takes a stated duration in place of the assumed one', () => {
    const stated = billOf(scenario, measured, { ...defaultAssumptions, durationMs: { heartbeat: 20 } });
    // 357 of 20 ms, at half a GB.
    expect(quantities(stated.session.lines).lambdaArmSecond).to.equal(3.57);
  });

  it('asks the price of the architecture that there is', () => {
    const { session } = billOf(scenario, { ...measured, architecture: 'x86_64' });
    expect(session.lines.map(({ price }) => price))
      .to.include('lambdaX86Second')
      .and.not.include('lambdaArmSecond');
  });

  it('has no price for a listener where there is none', () => {
    const { session, month } = billOf({ ...scenario, listeners: 0 }, measured);
    expect(session).not.to.have.property('usdPerListenerHour');
    expect(month).not.to.have.property('usdPerListenerHour');
  });
});

describe('the bill of 500 listeners for an hour', () => {
  const { session } = billOf(
    { listeners: 500, minutes: 60, heartbeatSeconds: 30, refreshMinutes: 100, rejoins: 0, sessionsPerMonth: 1 },
    readMeasured(),
  );
  const line = (price: string) => session.lines.find((candidate) => candidate.price === price);

  it('has the connection minutes of the worked example on the facts page', () => {
    expect(line('connectionMinute')?.quantity).to.equal(30_060);
    expect(line('connectionMinute')?.usd).to.be.closeTo(0.0075, 0.0001);
  });

  it('has the messages that the protocol makes', () => {
    // 501 × 120 heartbeats, two each; 500 joins, two each; create and end, two each, and a first status; 500 notified of
    // the end; the speaker notified of 500 who come.
    expect(line('message')?.quantity).to.equal(120_240 + 1000 + 5 + 500 + 500);
  });

  it('writes once for each heartbeat, and little else', () => {
    // Heartbeats; connecting; joining, in a transaction with its index entry; five languages that come into use; creating
    // forty shards; ending; items, their entries and their share of a shard.
    expect(line('writeUnit')?.quantity).to.equal(60_120 + 500 + 3000 + 10 + 89 + 126 + 2400);
  });
});
