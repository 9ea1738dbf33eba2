// Medians and percentiles of samples.

export function median(samples) {
  return quantile(samples, 0.5);
}

export function p99(samples) {
  return quantile(samples, 0.99);
}

function quantile(samples, q) {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))];
}
