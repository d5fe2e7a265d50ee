//! A server's script commands.

use std::sync::Arc;
use std::time::Duration;

use ferrous::lua::{handle_lua_command, LuaGIL, ScriptContext};
use ferrous::{RespFrame, StorageEngine};

struct Server {
    storage: Arc<StorageEngine>,
    scripts: Arc<LuaGIL>,
}

fn bulk(parts: &[&str]) -> Vec<RespFrame> {
    parts.iter().map(|part| RespFrame::bulk_string(part)).collect()
}

impl Server {
    fn context(&self, keys: &[&str], args: &[&str]) -> ScriptContext {
        ScriptContext {
            storage: self.storage.clone(),
            db: self.storage.get_current_db(),
            keys: keys.iter().map(|key| key.as_bytes().to_vec()).collect(),
            args: args.iter().map(|arg| arg.as_bytes().to_vec()).collect(),
            timeout: Duration::from_secs(5),
        }
    }

    fn command(&self, parts: &[&str]) -> RespFrame {
        handle_lua_command(&self.storage, parts[0], &bulk(parts)).expect("a reply")
    }
}

fn main() {
    let server = Server { storage: StorageEngine::new(), scripts: Arc::new(LuaGIL::new().expect("scripts")) };
    let reply = server.scripts.eval("return {KEYS[1], ARGV[1], 3.7}", server.context(&["k"], &["v"])).expect("a reply");
    let expected = vec![RespFrame::bulk_string("k"), RespFrame::bulk_string("v"), RespFrame::Integer(3)];
    assert_eq!(reply, RespFrame::array(expected));
    let sha = server.scripts.script_load("return redis.call('INCR', KEYS[1])").expect("a digest");
    assert_eq!(sha.len(), 40);
    assert!(server.scripts.script_exists(&sha));
    for n in 1..4 {
        let reply = server.scripts.evalsha(&sha, server.context(&["counter"], &[])).expect("a reply");
        assert_eq!(reply, RespFrame::Integer(n));
    }
    server.scripts.script_flush();
    assert!(!server.scripts.script_exists(&sha));
    assert!(server.scripts.evalsha(&sha, server.context(&["counter"], &[])).is_err());
    assert_eq!(server.command(&["EVAL", "return 1 + 1", "0"]), RespFrame::Integer(2));
    assert!(server.command(&["EVAL", "return", "x"]).is_error());
    assert!(server.command(&["eval"]).is_error());
}
