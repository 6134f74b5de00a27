/** What is to happen, earliest first; of the same time, in the order in which it was asked for. */
export interface EventHeap {
  push(at: number, callback: () => void): void;
  pop(): Entry | undefined;
  first(): Entry | undefined;
}

export interface Entry {
  at: number;
  order: number;
  callback: () => void;
}

export function createEventHeap(): EventHeap {
  const heap: Entry[] = [];
  let order = 0;
  return {
    push(at, callback) {
      order += 1;
      heap.push({ at, order, callback });
      siftUp(heap);
    },
    pop() {
      const top = heap[0];
      const last = heap.pop();
      if (!top || !last || heap.length === 0) return top;
      heap[0] = last;
      siftDown(heap);
      return top;
    },
    first: () => heap[0],
  };
}

function siftUp(heap: Entry[]): void {
  for (let i = heap.length - 1; i > 0; ) {
    const parent = (i - 1) >> 1;
    if (!isBefore(heap, i, parent)) break;
    swap(heap, i, parent);
    i = parent;
  }
}

function siftDown(heap: Entry[]): void {
  for (let i = 0; ; ) {
    let least = i;
    for (const child of [2 * i + 1, 2 * i + 2]) if (isBefore(heap, child, least)) least = child;
    if (least === i) return;
    swap(heap, i, least);
    i = least;
  }
}

function isBefore(heap: readonly Entry[], i: number, j: number): boolean {
  const [a, b] = [heap[i], heap[j]];
  return a !== undefined && b !== undefined && (a.at - b.at || a.order - b.order) < 0;
}

function swap(heap: Entry[], i: number, j: number): void {
  const [a, b] = [heap[i], heap[j]];
  if (a && b) [heap[i], heap[j]] = [b, a];
}
