export { type EnvironmentName, environmentNames, project, stackNameOf } from './environments.ts';
export { defaultOutdir, type SynthesizedStack, type SynthesizeOptions, synthesize } from './synthesize.ts';
