// Times in the reader's own zone, in the page's language. Without this script
// the server's words stay, which name their zone.
{
  const words = new Intl.DateTimeFormat(document.documentElement.lang + "-u-ca-gregory-nu-latn", { dateStyle: "long", timeStyle: "short" });
  for (const time of document.querySelectorAll("time[datetime]")) {
    const local = words.format(new Date(time.dateTime));
    if (time.title) time.title = local; // the text is relative: "2 hours ago"
    else time.textContent = local;
  }
}
