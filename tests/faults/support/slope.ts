/** The growth over the second half of a series of measurements, by linear regression, with its standard error. */
export function growth(values: readonly number[]): { readonly grown: number; readonly error: number } {
  const half = values.slice(Math.floor(values.length / 2));
  const count = half.length;
  const middle = (count - 1) / 2;
  const mean = half.reduce((sum, value) => sum + value, 0) / count;
  const spread = half.reduce((sum, _, index) => sum + (index - middle) ** 2, 0);
  const slope = half.reduce((sum, value, index) => sum + (index - middle) * (value - mean), 0) / spread;
  const residuals = half.reduce((sum, value, index) => sum + (value - mean - slope * (index - middle)) ** 2, 0);
  const deviation = Math.sqrt(residuals / (count - 2) / spread);
  return { grown: slope * (count - 1), error: deviation * (count - 1) };
}
