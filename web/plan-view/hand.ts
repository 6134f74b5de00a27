/** One pointer pans, two zoom, a wheel pans, or zooms with Ctrl (which a pinch sends, too). */
export interface Hand {
  pan(dx: number, dy: number): void;
  zoom(factor: number, at: { x: number; y: number }): void;
  click(event: MouseEvent): void;
}

/** Less than this is a click, in pixels. */
const still = 4;

export function watchHand(canvas: HTMLCanvasElement, hand: Hand): void {
  const down = new Map<number, { x: number; y: number }>();
  let moved = 0;
  canvas.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) return;
    if (down.size === 0) moved = 0;
    down.set(event.pointerId, { x: event.offsetX, y: event.offsetY });
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener('pointermove', (event) => {
    const last = down.get(event.pointerId);
    if (!last) return;
    const now = { x: event.offsetX, y: event.offsetY };
    const other = [...down].find(([id]) => id !== event.pointerId)?.[1];
    moved += Math.abs(now.x - last.x) + Math.abs(now.y - last.y);
    down.set(event.pointerId, now);
    if (other)
      hand.zoom(
        Math.hypot(now.x - other.x, now.y - other.y) /
          Math.max(1, Math.hypot(last.x - other.x, last.y - other.y)),
        other,
      );
    else if (moved > still) hand.pan(now.x - last.x, now.y - last.y);
  });
  const up = (event: PointerEvent) => {
    const known = down.delete(event.pointerId);
    if (known && event.type === 'pointerup' && moved <= still) hand.click(event);
  };
  canvas.addEventListener('pointerup', up);
  canvas.addEventListener('pointercancel', up);
  canvas.addEventListener(
    'wheel',
    (event) => {
      event.preventDefault();
      if (event.ctrlKey || event.metaKey)
        hand.zoom(Math.exp(-event.deltaY / 300), { x: event.offsetX, y: event.offsetY });
      else hand.pan(-event.deltaX, -event.deltaY);
    },
    { passive: false },
  );
}
