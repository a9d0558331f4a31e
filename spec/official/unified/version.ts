/** Compares `major.minor.patch` numerically; what follows the third number is ignored ("Version String"). */
export const compareVersions = (left: string, right: string): number => {
  const a = numbers(left);
  const b = numbers(right);
  for (let index = 0; index < 3; index++) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
};

const numbers = (version: string): number[] => version.split(/[.-]/).slice(0, 3).map(Number);
