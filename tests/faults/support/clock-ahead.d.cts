export function putAhead(scope: { Date: DateConstructor }, file: string): () => void;
