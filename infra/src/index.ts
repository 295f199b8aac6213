export { type EnvironmentName, environmentNames, project, stackNameOf } from './environments.ts';
export { awsProviderVersion, lockFile, lockFileName } from './provider-lock.ts';
export { defaultOutdir, type SynthesizedStack, type SynthesizeOptions, synthesize } from './synthesize.ts';
