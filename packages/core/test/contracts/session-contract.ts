import { endsContract } from './ends-contract.ts';
import type { SetUp } from './fixture.ts';
import { placesContract } from './places-contract.ts';
import { scheduledContract } from './scheduled-contract.ts';
import { sessionReadsContract } from './session-reads-contract.ts';
import { speakersContract } from './speakers-contract.ts';

/** What every implementation of `SessionRepository` promises. @param setUp over an empty store, for each test */
export function sessionRepositoryContract(setUp: SetUp): void {
  speakersContract(setUp);
  scheduledContract(setUp);
  placesContract(setUp);
  endsContract(setUp);
  sessionReadsContract(setUp);
}
