/** Whether it was copied: pages that are not of a safe origin may not. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

export async function copyImage(image: Promise<Blob | null>): Promise<boolean> {
  try {
    const blob = await image;
    if (!blob) return false;
    await navigator.clipboard.write([new ClipboardItem({ [blob.type]: blob })]);
    return true;
  } catch {
    return false;
  }
}
