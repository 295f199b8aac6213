import { type Assumptions, defaultAssumptions, HOURS_PER_MONTH } from './assumptions.ts';
import type { Measured } from './measured.ts';
import { type Price, type PriceName, prices } from './prices.ts';
import { type Scenario, type Usage, usageOfSession, usageOfStanding } from './usage.ts';

export interface BillLine {
  readonly service: string;
  readonly price: PriceName;
  readonly quantity: number;
  readonly usd: number;
}

export interface Bill {
  readonly session: {
    readonly lines: readonly BillLine[];
    readonly usd: number;
    /** Of the session alone, without what stands there all month. Absent without listeners. */
    readonly usdPerListenerHour?: number;
  };
  readonly month: {
    /** What is there, used or not. */
    readonly standing: readonly BillLine[];
    readonly standingUsd: number;
    readonly sessionsUsd: number;
    readonly usd: number;
    /** Everything, shared by the listeners of the month. Absent without any. */
    readonly usdPerListenerHour?: number;
  };
}

/** Prices a session, and a month of such sessions. */
export function billOf(
  scenario: Scenario,
  measured: Measured,
  assumptions: Assumptions = defaultAssumptions,
  list: Readonly<Record<PriceName, Price>> = prices,
): Bill {
  const { listeners, minutes, sessionsPerMonth } = scenario;
  const line = (service: string, price: PriceName, quantity: number): BillLine => {
    const { usd, per } = list[price];
    return { service, price, quantity, usd: (quantity / per) * usd };
  };
  const linesOf = (usage: Usage): BillLine[] => [
    line('API Gateway', 'message', usage.messages),
    line('API Gateway', 'connectionMinute', usage.connectionMinutes),
    line('Lambda', 'lambdaRequest', usage.invocations),
    line('Lambda', measured.architecture === 'arm64' ? 'lambdaArmSecond' : 'lambdaX86Second', usage.gbSeconds),
    line('DynamoDB', 'writeUnit', usage.writeUnits),
    line('DynamoDB', 'readUnit', usage.readUnits),
    line('CloudWatch', 'logIngestion', usage.logBytes),
    // A byte-month is a byte kept for 730 hours.
    line('CloudWatch', 'logStorage', (usage.logBytes * assumptions.logDays * 24) / HOURS_PER_MONTH),
    line('EventBridge', 'customEvent', usage.customEvents),
    line('EventBridge', 'scheduledEvent', usage.scheduledEvents),
    line('Data transfer', 'transferOut', usage.bytesOut),
  ];

  const session = linesOf(usageOfSession(scenario, measured, assumptions)).filter(isPaid);
  const standing = [
    ...linesOf(usageOfStanding(scenario, measured, assumptions)),
    line('CloudWatch', 'customMetric', measured.customMetrics.length),
    line('CloudWatch', 'alarmMetric', measured.stack.alarmMetrics),
    line('CloudWatch', 'dashboard', measured.stack.dashboards),
  ].filter(isPaid);

  const sessionUsd = total(session);
  const standingUsd = total(standing);
  const sessionsUsd = sessionsPerMonth * sessionUsd;
  const usd = standingUsd + sessionsUsd;
  const listenerHours = (listeners * minutes) / 60;
  return {
    session: {
      lines: session,
      usd: sessionUsd,
      ...(listenerHours > 0 && { usdPerListenerHour: sessionUsd / listenerHours }),
    },
    month: {
      standing,
      standingUsd,
      sessionsUsd,
      usd,
      ...(listenerHours * sessionsPerMonth > 0 && { usdPerListenerHour: usd / (listenerHours * sessionsPerMonth) }),
    },
  };
}

const isPaid = ({ quantity }: BillLine): boolean => quantity > 0;
const total = (lines: readonly BillLine[]): number => lines.reduce((sum, { usd }) => sum + usd, 0);
