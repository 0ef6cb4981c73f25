// ForumSources: where posts come from: the embedded forum, and any foreign one by a mapping.
//
// What it does: reads a forum's database through SQL queries that stand in a mapping (`SQLForum`), checks them before
// they are needed (`SQLForum.check`), posts replies by mail where the mapping says how (`SQLReplyPoster`), and carries
// the embedded forum's own schema, mapping and write side (`EmbeddedForum`, `EmbeddedForumWriter`). What its pages and
// mappings may hold stands in EmbeddedForum.md and Mappings.md, for those who write them.
//
// What it refuses: it decides nothing. The sessions that read a foreign forum refuse to write whatever a query says;
// only the statements of a mapping's section `reply` ever write, in sessions of their own. It never puts a query
// together from data: values reach the database as bound parameters only.
//
// When it fails: `ForumError` says whether waiting helps, or the mapping, a row or a key has to be mended; what is
// wrong in a mapping's file is a `ConfigurationError` with file, line and key.
