import { FaultPlanError } from '../faults/errors.ts';
import { parseFaultPlan } from '../faults/parse-plan.ts';
import type { LocalStack } from '../local-stack.ts';

/** A control was asked for something that cannot be; the message names the field and what is allowed. */
export class ControlError extends Error {
  override readonly name = 'ControlError';
}

/** Parts of a running stack that the page can work. */
export type Controlled = Pick<LocalStack, 'gateway' | 'clock' | 'faults' | 'schedules'>;

export interface Controls {
  /** Does what is asked for, by its name. @throws {ControlError} @returns undefined: there is no such control */
  perform(name: string, fields: Readonly<Record<string, unknown>>): Promise<object> | undefined;
  stop(): void;
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * - `faults {plan, forSeconds?}` replaces the fault plan, for so many real seconds if given; `{plan: null}` ends it
 * - `clock {scale?, advanceSeconds?}` compresses time, or moves it ahead
 * - `cut {connectionId?}` cuts a connection as a lost network does; without id one of those that are open
 * - `schedules {}` runs every schedule now
 */
export function createControls({ gateway, clock, faults, schedules }: Controlled): Controls {
  let clearing: NodeJS.Timeout | undefined;

  const controls: Readonly<Record<string, (fields: Fields) => Promise<object>>> = {
    async faults(fields) {
      only(fields, ['plan', 'forSeconds']);
      const seconds = number(fields, 'forSeconds', 0.1, 3600);
      if (fields.plan === undefined) throw new ControlError('plan is missing: a fault plan, or null for none');
      clearTimeout(clearing);
      if (fields.plan === null) await faults.clear();
      else await faults.set(parseFaultPlan(fields.plan, 'plan'));
      if (seconds !== undefined) clearing = setTimeout(() => void faults.clear(), seconds * 1000).unref();
      return { rules: faults.plan?.rules.length ?? 0 };
    },
    async clock(fields) {
      only(fields, ['scale', 'advanceSeconds']);
      const scale = number(fields, 'scale', 0.001, 3600);
      const seconds = number(fields, 'advanceSeconds', 0, 30 * 24 * 3600);
      if (scale !== undefined) clock.setScale(scale);
      if (seconds !== undefined) clock.advance(seconds * 1000);
      return { nowMs: clock.nowMs(), scale: clock.scale };
    },
    async cut(fields) {
      only(fields, ['connectionId']);
      const open = gateway.connections().map(({ connectionId }) => connectionId);
      const { connectionId = open[Math.floor(Math.random() * open.length)] } = fields;
      if (connectionId === undefined) throw new ControlError('there is no open connection to cut');
      if (typeof connectionId !== 'string' || !gateway.cut(connectionId)) {
        throw new ControlError('connectionId must be the id of an open connection');
      }
      return { connectionId };
    },
    async schedules(fields) {
      only(fields, []);
      const runs = await schedules.run();
      return { runs: runs.map(({ name, outcome }) => ({ name, outcome: outcome.kind })) };
    },
  };

  return {
    perform: (name, fields) =>
      Object.hasOwn(controls, name)
        ? controls[name]?.(fields).catch((error: unknown) => {
            throw error instanceof FaultPlanError ? new ControlError(error.message, { cause: error }) : error;
          })
        : undefined,
    stop: () => clearTimeout(clearing),
  };
}

function only(fields: Fields, allowed: readonly string[]): void {
  const unknown = Object.keys(fields).find((key) => !allowed.includes(key));
  if (unknown === undefined) return;
  throw new ControlError(`unknown field ${unknown}${allowed.length > 0 ? `: use ${allowed.join(', ')}` : ''}`);
}

function number(fields: Fields, name: string, min: number, max: number): number | undefined {
  const value = fields[name];
  if (value === undefined) return undefined;
  if (typeof value !== 'number' || !(value >= min && value <= max)) {
    throw new ControlError(`${name} must be a number from ${min} to ${max}`);
  }
  return value;
}
