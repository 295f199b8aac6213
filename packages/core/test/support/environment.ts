/**
 * Sets variables of the environment for the tests of a suite, and puts the old ones back afterwards.
 * @param variables called when the suite begins, so that they may hold ports
 */
export function useEnvironment(variables: () => Readonly<Record<string, string>>): void {
  const before_ = new Map<string, string | undefined>();
  before(() => {
    for (const [name, value] of Object.entries(variables())) {
      before_.set(name, process.env[name]);
      process.env[name] = value;
    }
  });
  after(() => {
    for (const [name, value] of before_) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  });
}
