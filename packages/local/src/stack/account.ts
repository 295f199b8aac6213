/** The account of everything that runs locally. */
export const ACCOUNT_ID = '000000000000';
