#!/usr/bin/env python3
"""Posts in HTML as a browser shows them, and their mails in the same browser: no word that the one shows is lost in the other.

Each line of markup_vectors.txt is a post of an embedded forum. Its mail is made by `watchpost preview`; the words that
Chromium shows of the post in a page (`innerText`) must all stand in the mail's HTML, in their order, and in its text. What
a mail may say otherwise stands in ALLOWED, each with its reason. Nothing of a post may run: no alert, no request.

No post makes its mail wider than a phone of 320 pixels, in a mail from left to right and in one from right to left: what has
no room is moved by itself. And nothing of it is cut on paper.

usage: Tests/Acceptance/markup_in_chromium.py [--binary FILE] [--vectors FILE] [--keep DIR]

Needs chromium, chromedriver and Python's selenium; where they are not there it says so and skips.
"""
import argparse
import email
import email.policy
import pathlib
import re
import shutil
import sqlite3
import sys
import tempfile
import unicodedata

from installation import Failed, Installation

HERE = pathlib.Path(__file__).parent
# A word that opens each post: what comes before it in a mail is not the post's.
MARK = "Q0postbegins"
NOTE = "Something in this post is shown only in the online forum."

# reason, what the HTML has, words lost in the mail, words that the mail says besides: patterns of a whole word.
ALLOWED = [
    ("pictures are named by their words or their file", r"<(img|image|svg)\b", None, r"\w+"),
    ("what plays elsewhere is a link with its title, its file or its host", r"<(iframe|video|audio|object|embed|oembed)\b",
     None, r"\w+"),
    ("a mail shows at once what opens when somebody presses", r"<(details|dialog)\b", None, r"\w+"),
    ("a field's text and a button's are words of the post", r"<(input|textarea|select|isindex|option|optgroup)\b", None, r"\w+"),
    ("what a bar says to those who cannot see it", r"<(progress|meter)\b", None, r"\w+"),
    ("HTML's first years had numbers that no text part shows alike", r"<ol\b|<li\b", None, r"\d+|[a-z]"),
    ("style is read without CSS's escapes", r"\\6e", None, r"escaped"),
    ("what stands in a drawing and is no text of it is not drawn", r"<svg\b", None, r"\w+"),
    ("a page without frames keeps its words", r"<(noframes|frameset)\b", None, r"\w+"),
    ("an abbreviation is spelled out", r"<(abbr|acronym)\b", None, r"\w+"),
    ("a link that says another address than it leads to names its host", r"//evil\.", None, r"evil|example"),
    ("each link of one another says where it leads", r"<a\b", None, r"https?|e|org|f|forum|example|\d+"),
]


def words(text):
    """Letters and digits in a row; a formula's slanted letters are letters like others."""
    return re.findall(r"[^\W_]+", unicodedata.normalize("NFKC", text))


def difference(shown, mailed):
    """Words of the first that the second has not in their order, and those that it has besides.

    Words may stand closer in one than in the other, where a line's end or a sign is between them.
    """
    lost, place, there = [], 0, "".join(mailed)
    for word in shown:
        found = there.find(word, place)
        if found < 0:
            lost.append(word)
        else:
            place = found + len(word)
    seen = "".join(shown)
    return lost, [word for word in mailed if word not in seen]


def explained(html, lost, more):
    for _, pattern, may_lose, may_add in ALLOWED:
        if re.search(pattern, html, re.I):
            lost = [word for word in lost if not (may_lose and re.fullmatch(may_lose, word))]
            more = [word for word in more if not (may_add and re.fullmatch(may_add, word))]
    return lost, more


# CSS pixels between the margins of A4, as browsers print it.
PAPER = 716
# Elements beyond the edge of a phone's window that are in nothing that is moved by itself.
OUTSIDE = """
const moved = e => { for (; e; e = e.parentElement) if (getComputedStyle(e).overflowX == 'auto') return true; return false };
const page = document.scrollingElement.scrollWidth, found = page > 320 ? ['page ' + page] : [];
for (const e of document.body.querySelectorAll('*')) {
  const box = e.getBoundingClientRect();
  if (box.width && (box.left < -1 || box.right > 321) && !moved(e)) found.push(e.tagName + ' ' + box.left + ' ' + box.right);
  if (getComputedStyle(e).overflowX == 'auto' && (box.left < -1 || box.right > 321)) found.push('its frame');
}
return found.slice(0, 3)
"""
CUT = """
return [...document.body.querySelectorAll('*')].filter(e => {
  const box = e.getBoundingClientRect();
  return box.width && (box.left < -1 || box.right > innerWidth + 1);
}).map(e => 'on paper ' + e.tagName).slice(0, 3)
"""


class Browser:
    """Chromium without a screen; pages are files, and ask nobody for anything."""

    POLICY = '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; style-src \'unsafe-inline\'">'

    def __init__(self, directory):
        from selenium import webdriver
        from selenium.webdriver.chrome.service import Service
        options = webdriver.ChromeOptions()
        options.binary_location = shutil.which("chromium")
        for argument in ["--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=800,1200"]:
            options.add_argument(argument)
        self.driver = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
        self.page = pathlib.Path(directory) / "page.html"

    def shown(self, html, policy=True):
        """What a reader sees of a page."""
        self.page.write_text((self.POLICY if policy else "") + html)
        self.driver.get(self.page.as_uri())
        return self.driver.execute_script("return document.body ? document.body.innerText : ''")

    def misfits(self, html):
        """What of a mail a phone shows only when all of it is moved or made smaller, and what paper has no room for."""
        self.page.write_text(html)
        device = {"width": 320, "height": 800, "deviceScaleFactor": 1, "mobile": True}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", device)
        self.driver.get(self.page.as_uri())
        found = self.driver.execute_script(OUTSIDE)
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", device | {"width": PAPER, "mobile": False})
        found += self.driver.execute_script(CUT)
        self.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
        return found

    def runs(self, html):
        """What a page of somebody's mail would run or load, were it not told otherwise."""
        self.page.write_text("<script>window.ran = []; window.alert = x => window.ran.push('alert')</script>" + html)
        self.driver.get(self.page.as_uri())
        return self.driver.execute_script(
            "return window.ran.concat(performance.getEntriesByType('resource').map(e => e.name),"
            " [...document.querySelectorAll('script:not(:first-of-type),iframe,object,embed,svg,form,img,style ~ style')]"
            ".map(e => e.outerHTML.slice(0, 80)))")


def vectors(path):
    for line in path.read_text().splitlines():
        if line and not line.startswith("#"):
            yield line.replace("\\n", "\n")


def parts(message):
    mail = email.message_from_bytes(message, policy=email.policy.default)
    return (mail.get_body(("html",)).get_content(), mail.get_body(("plain",)).get_content())


def after_mark(text, foot):
    """The post's part of a mail: behind its mark, before what stands at the end of every mail."""
    body = text.split(MARK, 1)[1]
    body, found, _ = body.partition(foot)
    if not found:
        raise Failed(f"the mail's foot is not in it: {foot!r}")
    return body.replace(NOTE, "").replace("[…]", "").replace("https://forum.example.org/p", "", 1)


def check(installation, browser, posts):
    """Holds each post against its mail; returns what is wrong."""
    def mail(number, reader="ana@example.net"):
        return parts(installation.run("preview", str(number), "--to", reader).encode())

    # What stands behind the post is the same in all mails: the first post is its mark alone.
    html, text = mail(1)
    feet = [re.search(r"\S[^\n]*", part.split(MARK, 1)[1])[0] for part in (browser.shown(html), text)]
    wrong = []
    for number, post in posts[1:]:
        html, text = mail(number)
        seen = words(browser.shown(f"<!DOCTYPE html><body><div id=post>{post}"))
        mailed = words(after_mark(browser.shown(html, policy=False), feet[0]))
        lost, more = explained(post, *difference(seen, mailed))
        # The text part has every word too; signs of emphasis and addresses stand between them.
        there = "".join(words(re.sub(r"<[a-z]+:[^>]*>", "", after_mark(text, feet[1]))))
        absent = [] if lost else [word for word in seen if word not in there]
        ran = browser.runs(html)
        misfits = browser.misfits(html) + browser.misfits(mail(number, "amal@example.net")[0])
        if lost or more or ran or absent or misfits:
            wrong.append(
                f"{post!r}: lost {lost}, besides {more}, not in the text {absent}, runs {ran}, misfits {misfits}")
    return wrong


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--binary", default=".build/release/watchpost")
    arguments.add_argument("--vectors", type=pathlib.Path, default=HERE / "markup_vectors.txt")
    arguments.add_argument("--keep")
    given = arguments.parse_args()
    try:
        import selenium  # noqa: F401
    except ImportError:
        print("markup in Chromium: skipped, it takes Python's selenium (pip install selenium)")
        return
    if not (shutil.which("chromium") and shutil.which("chromedriver")):
        print("markup in Chromium: skipped, it takes chromium and chromedriver (apt-get install chromium-driver)")
        return
    with tempfile.TemporaryDirectory() as scratch:
        directory = pathlib.Path(given.keep or scratch)
        installation = Installation(given.binary, directory / "watchpost")
        posts = list(enumerate(["", *vectors(given.vectors)], 1))
        with sqlite3.connect(directory / "watchpost" / "forum.sqlite") as forum:
            forum.execute(
                "INSERT INTO participant (name, address, language) VALUES ('Ana', 'ana@example.net', 'en'),"
                " ('Amal', 'amal@example.net', 'ar')")
            forum.execute("INSERT INTO discussion (title, slug) VALUES ('Markup', 'markup')")
            forum.execute("INSERT INTO thread (discussion, title) VALUES (1, 'Vectors')")
            forum.executemany(
                "INSERT INTO post (id, thread, author, subject, body, format, created_at, visible_at, url)"
                " VALUES (?, 1, 1, '', ?, 'html', 1750000000, 1750000000, 'https://forum.example.org/p')",
                [(number, f"<p>{MARK}</p>{post}") for number, post in posts])
        browser = Browser(directory)
        try:
            wrong = check(installation, browser, posts)
        finally:
            browser.driver.quit()
        if wrong:
            sys.exit("\n".join([*wrong, f"{len(wrong)} of {len(posts) - 1} vectors differ"]))
        print(f"markup in Chromium: {len(posts) - 1} vectors, no word lost, nothing runs, all fit a phone and paper")


if __name__ == "__main__":
    try:
        main()
    except Failed as failure:
        sys.exit(str(failure))
