/** Faults that this project does not survive yet, with what happens instead. They stay in the table until they are mended. */
export const notSurvived: Readonly<Record<string, string>> = {
  'data plane: stdout blocked':
    'the requests did not end in 30 s; answered 408; answered 504; only 335 requests; /health answered TimeoutError 5 times',
};
