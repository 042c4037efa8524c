// Times in the reader's own zone, in the page's language; the zone is named on
// hover. Without this script the server's words stay, which name their zone.
{
  const language = document.documentElement.lang + "-u-ca-gregory-nu-latn";
  const words = new Intl.DateTimeFormat(language, { dateStyle: "long", timeStyle: "short" });
  const zoned = new Intl.DateTimeFormat(language, { year: "numeric", month: "long", day: "numeric", hour: "numeric", minute: "2-digit", timeZoneName: "short" });
  for (const time of document.querySelectorAll("time[datetime]")) {
    const at = new Date(time.dateTime);
    if (!time.title) time.textContent = words.format(at); // else the text is relative: "2 hours ago"
    time.title = zoned.format(at);
  }
}
