/** Placeholder until the use case is merged: takes whatever comes as done. */
export const handler = async (): Promise<void> => {};
