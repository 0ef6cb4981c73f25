import Testing

@testable import Inbound

@Suite("HTML as text")
struct HTMLTextTests {
  @Test("I4: Of HTML a link's address stands behind its words, and what a picture says in its place")
  func links() {
    let text = HTMLText.text(
      of: """
        <p>See <a class=x href="https://a.example/b?c=1&amp;d=2">this paper</a> and <a href='https://c.example/'>c.example</a>,
        <a href="mailto:us@d.example?subject=x">us@d.example</a>, <a href=mailto:us@d.example>us</a>,
        <a href="#top">top</a><a href="javascript:x">no</a> <img src=x alt="A map"><img alt="😀"><img alt=""></p>
        <blockquote type="cite"><a href="https://e.example">old</a></blockquote><a name="x">end</a>
        """)
    #expect(
      text == """
        See this paper <https://a.example/b?c=1&d=2> and c.example, us@d.example, us <mailto:us@d.example>, topno [A map]😀

        > old
        end
        """)
  }
}
