import { describe } from './settings.ts';
import type { Variable } from './variable-kinds.ts';
import { variables } from './variables.ts';

const header = `\
# Every variable of the stacks, with its default. Copy this file to terraform.tfvars (which is not committed), and take
# away the # before what you change. What is for one environment only goes to terraform.<environment>.tfvars beside it,
# e.g. terraform.prod.tfvars, which wins and may be committed for a pipeline: nothing here is secret. Synthesizing puts
# both beside the stack, where Terraform finds them: \`npm run deploy:dev\`, or \`cdktf deploy sessions-dev\`.
# Made from infra/src/variables.ts by: npm run generate
`;

/** Returns `terraform.tfvars.example`, which `npm run generate` writes: each variable with what it is for, its unit and bounds, and its default commented out. */
export function renderExample(): string {
  const entries = Object.entries<Variable>(variables);
  const groups = [...new Set(entries.map(([, { group }]) => group))];
  return [header, ...groups.map((group) => renderGroup(group, entries))].join('\n');
}

function renderGroup(group: string, entries: [string, Variable][]): string {
  const lines = entries
    .filter(([, variable]) => variable.group === group)
    .map(([name, variable]) =>
      [...asComment(`${describe(variable)}${elsewhere(variable)}`), `# ${name} = ${literal(variable.default)}\n`].join(
        '\n',
      ),
    );
  return `## ${group}\n\n${lines.join('\n')}`;
}

/** Lines of at most 120 characters. */
function asComment(text: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > 120) lines.push(`# ${word}`);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}

const literal = (value: unknown): string => JSON.stringify(value);

/** The environments whose default is another. */
function elsewhere({ defaultIn = {} }: Variable): string {
  const others = Object.entries(defaultIn).map(([environment, value]) => `${literal(value)} in ${environment}`);
  return others.length === 0 ? '' : ` Default: ${others.join(', ')}, else:`;
}
