/** Lets the event loop turn until `condition` holds; fails after five seconds. */
export const eventually = async (condition: () => boolean | Promise<boolean>): Promise<void> => {
  const end = performance.now() + 5000;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error('the condition did not come true');
    await new Promise((resolve) => setImmediate(resolve));
  }
};
