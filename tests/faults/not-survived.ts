/**
 * Faults that this project does not survive yet, with the actual result. They stay in the table until they are fixed.
 */
export const notSurvived: Readonly<Record<string, string>> = {};
