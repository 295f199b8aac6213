import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Plan,
  startTerraform,
  type Terraform,
  type TerraformFolder,
  withoutAccount,
} from '../../../scripts/terraform.ts';
import type { SynthesizedStack } from '../../src/index.ts';

export type Variables = Readonly<Record<string, unknown>>;

export interface State {
  readonly outputs: Readonly<Record<string, unknown>>;
  readonly resources: readonly {
    readonly type: string;
    readonly name: string;
    readonly attributes: Readonly<Record<string, unknown>>;
  }[];
}

interface RawState {
  readonly outputs: Readonly<Record<string, { readonly value: unknown }>>;
  readonly resources: readonly {
    readonly type: string;
    readonly name: string;
    readonly instances: readonly { readonly attributes: Readonly<Record<string, unknown>> }[];
  }[];
}

/** A stack that Terraform has in its hands: what `cdktf deploy` and `cdktf destroy` do, one step at a time. */
export class Deployment {
  readonly #terraform: TerraformFolder;
  /** What the last plan printed, as a log of it would show. */
  printedPlan = '';

  private constructor(terraform: TerraformFolder) {
    this.#terraform = terraform;
  }

  /** @param endpoint of AWS, for every service */
  static async start(found: Terraform, stack: SynthesizedStack, endpoint: string): Promise<Deployment> {
    const [provider] = withoutAccount.provider.aws;
    const override = {
      ...withoutAccount,
      // Whoever answers is also asked who we are.
      // moto now and then fails a call that comes beside others; the provider's own 25 attempts take minutes.
      provider: { aws: [{ ...provider, skip_requesting_account_id: false, max_retries: 6 }] },
    };
    return new Deployment(await startTerraform(found, stack, { override, env: { AWS_ENDPOINT_URL: endpoint } }));
  }

  /** The variables' values, from now on. */
  async set(variables: Variables): Promise<void> {
    await writeFile(join(this.#terraform.path, 'terraform.tfvars.json'), JSON.stringify(variables));
  }

  /** Another version of the stack. */
  load(stack: SynthesizedStack): Promise<void> {
    return this.#terraform.load(stack);
  }

  /** @returns what would change, by address, with the actions on it; what AWS has is looked up first */
  async plan(...options: readonly string[]): Promise<Record<string, string>> {
    const how = ['-input=false', '-no-color', '-lock=false', '-out=plan', atOnce];
    this.printedPlan = await this.#terraform.run('plan', ...how, ...options);
    const plan: Plan = JSON.parse(await this.#terraform.run('show', '-json', 'plan'));
    const changes = plan.resource_changes.filter(({ change }) => change.actions.join() !== 'no-op');
    return Object.fromEntries(changes.map(({ address, change }) => [address, change.actions.join(', ')]));
  }

  /** Carries out the last plan. @returns how many resources were added, changed, destroyed */
  async applyPlan(): Promise<string> {
    return outcome(await this.#terraform.run('apply', '-input=false', '-no-color', atOnce, 'plan'));
  }

  /** @returns how many resources were added, changed, destroyed */
  async apply(...options: readonly string[]): Promise<string> {
    return outcome(
      await this.#terraform.run('apply', '-auto-approve', '-input=false', '-no-color', atOnce, ...options),
    );
  }

  /** Does not look at AWS first: what was applied a moment ago is there. @returns how many resources were destroyed */
  async destroy(): Promise<string> {
    const printed = await this.#terraform.run(
      'destroy',
      '-auto-approve',
      '-input=false',
      '-no-color',
      '-refresh=false',
      atOnce,
    );
    return outcome(printed);
  }

  /** What Terraform knows to be there. */
  async state(): Promise<State> {
    const { outputs, resources }: RawState = JSON.parse(
      await readFile(join(this.#terraform.path, 'terraform.tfstate'), 'utf8'),
    );
    return {
      outputs: Object.fromEntries(Object.entries(outputs).map(([name, { value }]) => [name, value])),
      resources: resources.flatMap(({ type, name, instances }) =>
        instances.map(({ attributes }) => ({ type, name, attributes })),
      ),
    };
  }

  stop(): Promise<void> {
    return this.#terraform.stop();
  }
}

/** Calls of AWS at a time. The provider sleeps after many of them, so that more than Terraform's 10 are faster. */
const atOnce = '-parallelism=30';

const outcome = (printed: string): string =>
  /Resources: (.*)\./.exec(printed)?.[1] ?? `no outcome in what Terraform printed:\n${printed}`;
