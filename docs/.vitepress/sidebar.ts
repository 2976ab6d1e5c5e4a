interface Section {
  readonly text: string;
  readonly items: { readonly text: string; readonly link: string }[];
}

/** Makes the sidebar of the site from the lists of `docs/README.md`, which is what GitHub shows of the folder. */
export function sidebarOf(contents: string): Section[] {
  const [, ...sections] = contents.split(/^## /m);
  const all = sections.map(section => {
    const links = [...section.matchAll(/\[([^\]]+)\]\(([^):]+)\.md\)/g)];
    return {
      text: section.slice(0, section.indexOf('\n')),
      items: links.map(([, text, page]) => ({ text: text!, link: `/${page}` })),
    };
  });
  // Its questions link to headings, which are no pages.
  return all.filter(({ items }) => items.length > 0);
}
