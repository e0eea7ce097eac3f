// Hands the person a file that the server has only in the memory of this page.

/** A stream from .NET (DotNetStreamReference). */
export interface DotNetStream {
  arrayBuffer(): Promise<ArrayBuffer>;
}

export async function saveFile(name: string, type: string, stream: DotNetStream): Promise<void> {
  const address = URL.createObjectURL(new Blob([await stream.arrayBuffer()], { type }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000); // Some browsers read it only after asking where to.
}
