/** Faults that this project does not survive yet, with what happens instead. They stay in the table until they are mended. */
export const notSurvived: Readonly<Record<string, string>> = {};
