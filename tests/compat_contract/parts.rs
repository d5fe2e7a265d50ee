//! The surface of what stands around the machine: metamethods, front end, libraries, windows, script commands.

use pretty_assertions::assert_eq;

use super::*;

#[test]
fn metamethods() {
    traits! {
        has_debug: MetamethodType, MetamethodContext, MetamethodContinuation;
        has_clone: MetamethodContext, MetamethodContinuation;
        has_copy: MetamethodType;
        has_full_eq: MetamethodType;
        has_hash: MetamethodType;
        has_display: MetamethodType;
    }
    fn with_transaction<'a>() {
        signatures! {
            metamethod::resolve_metamethod
                => fn(&mut HeapTransaction<'a>, &Value, MetamethodType) -> LuaResult<Option<Value>>;
            metamethod::resolve_binary_metamethod
                => fn(&mut HeapTransaction<'a>, &Value, &Value, MetamethodType) -> LuaResult<Option<(Value, bool)>>;
            metamethod::queue_metamethod_call
                => fn(&mut HeapTransaction<'a>, MetamethodType, Value, Vec<Value>, MetamethodContinuation) -> LuaResult<()>;
            metamethod::coerce_to_number => fn(&mut HeapTransaction<'a>, &Value) -> LuaResult<Option<f64>>;
            metamethod::can_coerce_arithmetic
                => fn(&mut HeapTransaction<'a>, &Value, &Value) -> LuaResult<Option<(f64, f64)>>;
            MetamethodType::name => fn(&MetamethodType) -> &'static str;
            MetamethodType::is_comparison => fn(&MetamethodType) -> bool;
            MetamethodType::is_arithmetic => fn(&MetamethodType) -> bool;
        }
    }
    with_transaction();
    use MetamethodType as M;
    let all = [
        (M::Index, "__index"),
        (M::NewIndex, "__newindex"),
        (M::Call, "__call"),
        (M::Add, "__add"),
        (M::Sub, "__sub"),
        (M::Mul, "__mul"),
        (M::Div, "__div"),
        (M::Mod, "__mod"),
        (M::Pow, "__pow"),
        (M::Unm, "__unm"),
        (M::Concat, "__concat"),
        (M::Len, "__len"),
        (M::Eq, "__eq"),
        (M::Lt, "__lt"),
        (M::Le, "__le"),
        (M::ToString, "__tostring"),
        (M::Gc, "__gc"),
        (M::Mode, "__mode"),
    ];
    for (event, name) in all {
        assert_eq!((event.name(), event.to_string()), (name, name.to_owned()));
    }
    assert_eq!(all.iter().filter(|(event, _)| event.is_comparison()).count(), 3);
    assert_eq!(all.iter().filter(|(event, _)| event.is_arithmetic()).count(), 7);
    let next = PendingOperation::MoveAfterInstruction { from_register: 0, to_register: 0, execution_pc: 0 };
    match (MetamethodContinuation::ChainOperation { next_op: Box::new(next) }) {
        MetamethodContinuation::StoreInRegister { base: 0_u16, offset: 0_usize } => {}
        MetamethodContinuation::StoreInRegister { base: _, offset: _ } => {}
        MetamethodContinuation::TableAssignment { table: _, key: Value::Nil } => {}
        MetamethodContinuation::TableAssignment { table: _, key: _ } => {}
        MetamethodContinuation::ComparisonResult { base: _, a: _, invert: _ } => {}
        MetamethodContinuation::ComparisonSkip { thread: _, expected: _ } => {}
        MetamethodContinuation::ChainOperation { next_op: _ } => {}
    }
}

#[test]
fn compilers() {
    traits! {
        has_debug: CompiledModule, CompilerConfig, CompilationConstant, CompiledFunction, CodeGenerator, TokenWithLocation;
        has_clone: CompiledModule, CompilerConfig, CompilationConstant, CompiledFunction, Token, TokenWithLocation;
        has_eq: CompiledModule, CompilationConstant, CompiledFunction, Token;
        has_default: CompilerConfig;
        has_display: Token;
        has_full_eq: CompilationUpvalue;
        has_hash: CompilationUpvalue;
        crosses_threads: CompiledModule;
    }
    fn with_transaction<'a>() {
        signatures! {
            compiler::loader::load_module
                => fn(&mut HeapTransaction<'a>, &CompiledModule) -> LuaResult<FunctionProtoHandle>;
        }
    }
    with_transaction();
    fn with_source<'a>() {
        signatures! {
            Lexer::<'a>::new => fn(&'a str) -> Lexer<'a>;
            Lexer::<'a>::next_token => fn(&mut Lexer<'a>) -> LuaResult<TokenWithLocation>;
            Lexer::<'a>::tokenize => fn(&mut Lexer<'a>) -> LuaResult<Vec<TokenWithLocation>>;
        }
    }
    with_source();
    signatures! {
        compile => fn(&str) -> LuaResult<CompiledModule>;
        compiler::compile_with_config => fn(&str, &CompilerConfig) -> LuaResult<CompiledModule>;
        codegen::generate_bytecode => fn(&Chunk) -> LuaResult<CompleteCompilationOutput>;
        CodeGenerator::new => fn() -> CodeGenerator;
        CodeGenerator::child => fn(&CodeGenerator) -> CodeGenerator;
        CodeGenerator::generate => fn(CodeGenerator, &Chunk) -> LuaResult<(CompiledFunction, Vec<String>)>;
        lexer::tokenize => fn(&str) -> LuaResult<Vec<TokenWithLocation>>;
        Parser::new => fn(Vec<TokenWithLocation>) -> Parser;
        Parser::parse => fn(&mut Parser) -> LuaResult<Chunk>;
        parser::parse => fn(&str) -> LuaResult<Chunk>;
    }
    let config = CompilerConfig { debug_info: true, optimization_level: 1_u8, source_name: None::<String> };
    let module = compiler::compile_with_config("local n = 'x' return function() return n end", &config).unwrap();
    let (_, _, _): (&Vec<u32>, &Vec<CompilationConstant>, u8) =
        (&module.bytecode, &module.constants, module.num_params);
    let (_, _, _): (bool, u8, &Vec<String>) = (module.is_vararg, module.max_stack_size, &module.strings);
    let (_, _): (&Vec<CompilationUpvalue>, &Option<String>) = (&module.upvalues, &module.source_name);
    let CompiledFunction { bytecode, constants, num_params, is_vararg, max_stack_size, upvalues, prototypes } =
        module.prototypes[0].clone();
    let _ = CompiledFunction { bytecode, constants, num_params, is_vararg, max_stack_size, upvalues, prototypes };
    let upvalue = CompilationUpvalue { name: "n".into(), in_stack: true, index: 0_u8 };
    assert_eq!(module.prototypes[0].upvalues, [upvalue]);
    for constant in &module.constants {
        match constant {
            CompilationConstant::Nil | CompilationConstant::Boolean(_) | CompilationConstant::Number(_) => {}
            CompilationConstant::String(number) => assert_eq!(module.strings[*number], "x"),
            CompilationConstant::FunctionProto(number) => assert!(*number < module.prototypes.len()),
        }
    }
    let CompleteCompilationOutput { main, strings } = codegen::generate_bytecode(&Chunk::new()).unwrap();
    assert!(strings.is_empty() && !main.bytecode.is_empty());
    let locals = vec![LocalInfo { name: "n".into(), start_pc: 0, end_pc: 1 }];
    let _ = DebugInfo { line_info: vec![1_usize], locals };
    for nothing in ["", " \n", "-- comment"] {
        assert!(compile(nothing).is_ok() && parser::parse(nothing).is_ok(), "{nothing:?}");
    }
    let TokenWithLocation { token, line, column } = lexer::tokenize("").unwrap().remove(0);
    assert_eq!((token, line, column), (Token::Eof, 1_usize, 1_usize));
}

#[test]
fn tokens_and_trees() {
    macro_rules! tokens {
        ($($variant:ident)*) => { [$(Token::$variant),*] };
    }
    let all = tokens! {
        And Break Do Else ElseIf End False For Function Goto If In Local Nil Not Or Repeat Return Then True Until While Plus
        Minus Mul Div Mod Pow Concat Equal NotEqual LessThan LessEqual GreaterThan GreaterEqual Assign Hash Len Semicolon
        Colon DoubleColon Comma Dot DoubleDot TripleDot LeftParen RightParen LeftBracket RightBracket LeftBrace RightBrace
        Eof
    };
    assert!(all.iter().all(|token| !token.to_string().is_empty()));
    let _ = [Token::Number(1.0), Token::String(String::new()), Token::Identifier(String::new())];
    macro_rules! trees {
        ($($type:ty),* $(,)?) => {
            $(has_debug::<$type>(); has_clone::<$type>(); has_eq::<$type>();)*
        };
    }
    trees!(
        Chunk,
        ast::Statement,
        ast::Block,
        ast::Assignment,
        ast::LocalDeclaration,
        ast::Variable,
        ast::Expression,
        ast::BinaryOperator,
        ast::UnaryOperator,
        ast::FunctionCall,
        ast::CallArgs,
        ast::FunctionName,
        ast::TableConstructor,
        ast::TableField,
        ast::ReturnStatement,
    );
    traits! {
        has_default: Chunk, ast::Block, ast::TableConstructor;
        has_copy: ast::BinaryOperator, ast::UnaryOperator;
    }
    use ast::{BinaryOperator as B, CallArgs, Expression as E, Statement as S, TableField as F, Variable as V};
    let _ = [
        B::Add,
        B::Sub,
        B::Mul,
        B::Div,
        B::Mod,
        B::Pow,
        B::Concat,
        B::Eq,
        B::Ne,
        B::Lt,
        B::Le,
        B::Gt,
        B::Ge,
        B::And,
        B::Or,
    ];
    let _ = [ast::UnaryOperator::Not, ast::UnaryOperator::Minus, ast::UnaryOperator::Length];
    let (block, name) = (ast::Block { statements: Vec::new() }, || "n".to_owned());
    let variable = || V::Name("n".to_owned());
    let call = |args| ast::FunctionCall { function: E::Variable(V::Name("f".into())), method: None, args };
    let constructor = ast::TableConstructor {
        fields: vec![
            F::Record { key: name(), value: E::Nil },
            F::Index { key: E::Boolean(true), value: E::Number(1.0) },
            F::List(E::String(name())),
        ],
    };
    let (parameters, is_vararg) = (vec![name()], true);
    let (operator, operand) = (ast::UnaryOperator::Not, Box::new(E::VarArg));
    let expressions = vec![
        E::FunctionDef { parameters: parameters.clone(), is_vararg, body: block.clone() },
        E::TableConstructor(constructor.clone()),
        E::BinaryOp { left: operand.clone(), operator: B::Add, right: operand.clone() },
        E::UnaryOp { operator, operand },
        E::FunctionCall(Box::new(call(CallArgs::Table(constructor)))),
        E::Variable(V::Index { table: Box::new(E::Variable(variable())), key: Box::new(E::Number(1.0)) }),
        E::Variable(V::Member { table: Box::new(E::Variable(variable())), field: name() }),
    ];
    let condition = || E::Boolean(false);
    let statements = vec![
        S::Assignment(ast::Assignment { variables: vec![variable()], expressions: expressions.clone() }),
        S::LocalDeclaration(ast::LocalDeclaration { names: parameters.clone(), expressions: expressions.clone() }),
        S::FunctionCall(call(CallArgs::Args(expressions.clone()))),
        S::FunctionCall(ast::FunctionCall { method: Some(name()), ..call(CallArgs::String(name())) }),
        S::Do(block.clone()),
        S::While { condition: condition(), body: ast::Block { statements: vec![S::Break] } },
        S::Repeat { body: block.clone(), condition: E::Boolean(true) },
        S::If {
            condition: condition(),
            body: block.clone(),
            else_ifs: vec![(condition(), block.clone())],
            else_block: None,
        },
        S::ForLoop {
            variable: name(),
            initial: E::Number(1.0),
            limit: E::Number(0.0),
            step: None,
            body: block.clone(),
        },
        S::ForInLoop { variables: parameters.clone(), iterators: vec![E::Nil], body: block.clone() },
        S::FunctionDefinition {
            name: ast::FunctionName { names: vec![name()], method: Some(name()) },
            parameters: parameters.clone(),
            is_vararg,
            body: block.clone(),
        },
        S::LocalFunctionDefinition { name: name(), parameters, is_vararg, body: block },
    ];
    let return_statement = Some(ast::ReturnStatement { expressions: vec![E::Nil] });
    let chunk = Chunk { statements, return_statement };
    assert!(codegen::generate_bytecode(&chunk).is_ok());
    for refused in [S::Goto(name()), S::LabelDefinition(name())] {
        let chunk = Chunk { statements: vec![refused], return_statement: None };
        assert!(matches!(codegen::generate_bytecode(&chunk), Err(LuaError::CompileError(_))));
    }
    let chunk = Chunk { statements: vec![S::Return { expressions: vec![E::Nil] }], return_statement: None };
    assert!(codegen::generate_bytecode(&chunk).is_ok());
}

#[test]
fn libraries() {
    macro_rules! natives {
        ($module:ident: $($function:ident)*) => { $(let _: CFunction = stdlib::$module::$function;)* };
    }
    natives!(base: lua_print lua_type lua_tostring lua_tonumber lua_assert lua_error lua_select lua_next lua_pairs lua_ipairs);
    natives!(base: lua_setmetatable lua_getmetatable lua_rawget lua_rawset lua_rawequal lua_unpack lua_load lua_eval lua_pcall);
    natives!(base: ipairs_iter);
    natives!(math: math_abs math_acos math_asin math_atan math_atan2 math_ceil math_cos math_cosh math_deg math_exp math_floor);
    natives!(math: math_fmod math_frexp math_ldexp math_log math_log10 math_max math_min math_modf math_pow math_rad math_random);
    natives!(math: math_randomseed math_sin math_sinh math_sqrt math_tan math_tanh);
    natives!(string: string_byte string_char string_dump string_find string_format string_len string_lower string_match);
    natives!(string: string_rep string_reverse string_sub string_upper);
    natives!(table: table_concat table_insert table_maxn table_remove table_sort pairs ipairs ipairs_iter);
    signatures! {
        stdlib::init_all => fn(&mut LuaVM) -> LuaResult<()>;
        stdlib::init_stdlib => fn(&mut LuaVM) -> LuaResult<()>;
        stdlib::init_base_lib => fn(&mut LuaVM) -> LuaResult<()>;
        stdlib::init_math_lib => fn(&mut LuaVM) -> LuaResult<()>;
        stdlib::init_string_lib => fn(&mut LuaVM) -> LuaResult<()>;
        stdlib::init_table_lib => fn(&mut LuaVM) -> LuaResult<()>;
        stdlib::base::init => fn(&mut LuaVM) -> LuaResult<()>;
        stdlib::base::init_base_lib => fn(&mut LuaVM) -> LuaResult<()>;
        stdlib::math::init_math_lib => fn(&mut LuaVM) -> LuaResult<()>;
        stdlib::string::init_string_lib => fn(&mut LuaVM) -> LuaResult<()>;
        stdlib::table::init_table_lib => fn(&mut LuaVM) -> LuaResult<()>;
        stdlib::base::create_base_lib => fn() -> HashMap<&'static str, CFunction>;
        stdlib::math::create_math_lib => fn() -> Vec<(&'static str, CFunction)>;
        stdlib::string::create_string_lib => fn() -> Vec<(&'static str, CFunction)>;
        stdlib::table::create_table_lib => fn() -> Vec<(&'static str, CFunction)>;
    }
    let mut vm = LuaVM::new().unwrap();
    stdlib::init_all(&mut vm).unwrap();
    let globals = vm.debug_list_globals().unwrap();
    let names = "assert error eval getmetatable ipairs load math next pairs pcall print rawequal rawget rawset select \
                 setmetatable string table tonumber tostring type unpack";
    for name in names.split_whitespace() {
        assert!(globals.iter().any(|global| global == name), "{name}");
    }
}

#[test]
fn register_book_keeping() {
    type System = RegisterManagementSystem;
    signatures! {
        System::new => fn() -> System;
        System::free_register => fn(&mut System, ThreadHandle, usize) -> LuaResult<()>;
        System::free_frame_registers => fn(&mut System, ThreadHandle, usize) -> LuaResult<()>;
        System::is_protected => fn(&System, ThreadHandle, usize) -> bool;
        System::get_protection_reason => fn(&System, ThreadHandle, usize) -> Option<&str>;
        System::get_stats => fn(&System) -> &register_management::RegisterStats;
        System::reset_stats => fn(&mut System);
        System::debug_report => fn(&System, ThreadHandle) -> String;
        register_management::allocate_register => fn(&mut System, ThreadHandle, usize) -> LuaResult<usize>;
        register_management::protect_function_registers => fn(&mut System, ThreadHandle, usize) -> LuaResult<()>;
    }
    traits! {
        has_debug: System, register_management::RegisterStats;
        has_default: System, register_management::RegisterStats;
        has_clone: register_management::RegisterStats;
    }
    let heap = LuaHeap::new().unwrap();
    let (mut system, thread) = (System::default(), heap.main_thread().unwrap());
    assert_eq!(system.free_register(thread, 0), Err(LuaError::RuntimeError("Thread not found".into())));
    assert_eq!(register_management::allocate_register(&mut system, thread, 0), Ok(0));
    assert_eq!(register_management::allocate_local(&mut system, thread, 0, "n".to_owned()), Ok(1));
    assert_eq!(register_management::allocate_local(&mut system, thread, 0, "m"), Ok(2));
    register_management::protect_function_registers(&mut system, thread, 1).unwrap();
    let reason = system.get_protection_reason(thread, 1).unwrap().to_owned();
    let error = LuaError::RuntimeError(format!("Cannot free protected register 1: {reason}"));
    assert_eq!((system.free_register(thread, 1), system.free_register(thread, 99)), (Err(error), Ok(())));
}

fn guards<'a>() {
    type System = RegisterWindowSystem;
    type Guard<'a> = RegisterProtectionGuard<'a>;
    signatures! {
        System::protection_guard => fn(&mut System, usize) -> LuaResult<Guard<'_>>;
        System::protect_range_guarded => fn(&mut System, usize, usize, usize) -> LuaResult<Guard<'_>>;
        System::protect_registers_guarded => for<'x> fn(&'x mut System, usize, &[usize]) -> LuaResult<Guard<'x>>;
        System::protect_call_registers => fn(&mut System, usize, usize, usize) -> LuaResult<Guard<'_>>;
        System::protect_table_operation => fn(&mut System, usize, usize, Option<usize>) -> LuaResult<Guard<'_>>;
        System::protect_concat_operands => fn(&mut System, usize, usize, usize) -> LuaResult<Guard<'_>>;
        System::protect_tforloop_registers => fn(&mut System, usize, usize, usize) -> LuaResult<Guard<'_>>;
        System::protect_forloop_registers => fn(&mut System, usize, usize) -> LuaResult<Guard<'_>>;
        Guard::<'a>::protect_register => fn(&mut Guard<'a>, usize) -> LuaResult<()>;
        Guard::<'a>::protect_range => fn(&mut Guard<'a>, usize, usize) -> LuaResult<()>;
        Guard::<'a>::system => for<'x> fn(&'x Guard<'a>) -> &'x System;
        Guard::<'a>::with_system::<fn(&mut System) -> u8, u8> => fn(&mut Guard<'a>, fn(&mut System) -> u8) -> u8;
        Guard::<'a>::release => fn(Guard<'a>) -> &'a mut System;
        Guard::<'a>::window_idx => fn(&Guard<'a>) -> usize;
        Guard::<'a>::protected_registers => for<'x> fn(&'x Guard<'a>) -> &'x HashSet<usize>;
    }
}

#[test]
fn windows() {
    type System = RegisterWindowSystem;
    guards();
    signatures! {
        System::new => fn(usize) -> System;
        System::allocate_window => fn(&mut System, usize) -> LuaResult<usize>;
        System::deallocate_window => fn(&mut System) -> LuaResult<()>;
        System::current_window => fn(&System) -> Option<usize>;
        System::get_register => fn(&System, usize, usize) -> LuaResult<&Value>;
        System::set_register => fn(&mut System, usize, usize, Value) -> LuaResult<()>;
        System::protect_register => fn(&mut System, usize, usize) -> LuaResult<()>;
        System::protect_range => fn(&mut System, usize, usize, usize) -> LuaResult<()>;
        System::unprotect_register => fn(&mut System, usize, usize) -> LuaResult<()>;
        System::unprotect_all => fn(&mut System, usize) -> LuaResult<()>;
        System::unprotect_all_registers => fn(&mut System, usize) -> LuaResult<()>;
        System::use_named_window => fn(&mut System, &str, usize) -> LuaResult<usize>;
        System::copy_register => fn(&mut System, usize, usize, usize, usize) -> LuaResult<()>;
        System::get_window_base => fn(&System, usize) -> LuaResult<usize>;
        System::get_stats => fn(&System) -> &WindowStats;
        System::reset_stats => fn(&mut System);
        System::debug_dump => fn(&System) -> String;
        System::set_window_name => fn(&mut System, usize, &str) -> LuaResult<()>;
        System::get_window_name => fn(&System, usize) -> Option<&str>;
        System::calculate_stack_position => fn(&System, usize, usize) -> usize;
        System::is_register_in_bounds => fn(&System, usize, usize) -> bool;
        System::get_window_size => fn(&System, usize) -> Option<usize>;
        System::clean_pool => fn(&mut System, bool);
        System::get_pool_stats => fn(&System) -> (usize, usize, f64);
        System::set_pool_limits => fn(&mut System, usize, usize);
        System::save_tforloop_iterator => fn(&mut System, usize, usize, usize) -> LuaResult<()>;
        System::restore_tforloop_iterator => fn(&mut System, usize, usize, usize) -> LuaResult<()>;
        System::get_forloop_index => fn(&System, usize, usize) -> LuaResult<&Value>;
        System::get_forloop_limit => fn(&System, usize, usize) -> LuaResult<&Value>;
        System::get_forloop_step => fn(&System, usize, usize) -> LuaResult<&Value>;
        System::set_forloop_index => fn(&mut System, usize, usize, Value) -> LuaResult<()>;
        System::set_forloop_var => fn(&mut System, usize, usize, Value) -> LuaResult<()>;
        System::validate_forloop_bounds => fn(&System, usize, usize) -> LuaResult<()>;
        System::visualize_hierarchy => fn(&System) -> String;
        System::visualize_window_registers => fn(&System, usize) -> String;
        System::generate_usage_summary => fn(&System) -> String;
        System::debug_report => fn(&System) -> String;
        System::detect_issues => fn(&System) -> WindowIssues;
        System::format_issues => fn(&System, &WindowIssues) -> String;
        System::configure_debug => fn(&mut System, DebugConfig);
        System::get_timeline => fn(&System) -> &[TimelineEntry];
        System::clear_timeline => fn(&mut System);
        WindowStats::windows_allocated => fn(&WindowStats) -> usize;
        WindowStats::peak_window_count => fn(&WindowStats) -> usize;
        WindowStats::register_allocations => fn(&WindowStats) -> usize;
        WindowStats::protection_violations => fn(&WindowStats) -> usize;
        WindowStats::max_nesting_depth => fn(&WindowStats) -> usize;
        WindowStats::windows_recycled => fn(&WindowStats) -> usize;
        WindowStats::recycling_hits => fn(&WindowStats) -> usize;
        WindowStats::recycling_misses => fn(&WindowStats) -> usize;
        WindowStats::windows_discarded => fn(&WindowStats) -> usize;
    }
    macro_rules! data {
        ($($type:ty),*) => { $(has_debug::<$type>(); has_clone::<$type>();)* };
    }
    data!(
        RegisterWindow,
        WindowStats,
        WindowIssues,
        ExcessiveNesting,
        LargeProtection,
        UnusualWindowSize,
        MemoryConcern
    );
    data!(PoolInefficiency, WindowEvent, TimelineEntry, DebugConfig);
    match (WindowEvent::NamedWindowCreated { name: String::new(), window_idx: 0_usize }) {
        WindowEvent::WindowAllocated {
            window_idx: _,
            size: _,
            name: None::<String>,
            parent: None::<usize>,
            recycled: true,
        } => {}
        WindowEvent::WindowAllocated { window_idx: _, size: _, name: _, parent: _, recycled: _ } => {}
        WindowEvent::WindowDeallocated { window_idx: _, size: _, recycled_to_pool: _ } => {}
        WindowEvent::RegisterSet { window_idx: _, register: _, value_type: _ } => {}
        WindowEvent::RegisterProtected { window_idx: _, register: _ } => {}
        WindowEvent::RangeProtected { window_idx: _, start: _, end: _ } => {}
        WindowEvent::RegisterUnprotected { window_idx: _, register: _ } => {}
        WindowEvent::ProtectionViolation { window_idx: _, register: _ } => {}
        WindowEvent::PoolCleaned { windows_removed: _, remaining: _ } => {}
        WindowEvent::NamedWindowCreated { name: _, window_idx: _ } => {}
    }
    let mut recorded = System::new(0);
    recorded.configure_debug(DebugConfig { track_value_changes: true, ..DebugConfig::default() });
    recorded.allocate_window(8).unwrap();
    for value in [Value::Nil, Value::Number(1.0), Value::CFunction(|_| Ok(0))] {
        recorded.set_register(0, 1, value).unwrap();
    }
    let types: Vec<&str> = recorded
        .get_timeline()
        .iter()
        .filter_map(|entry| match entry.event() {
            WindowEvent::RegisterSet { value_type, .. } => Some(value_type.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(types, ["Nil", "Number", "CFunction"]);
    let message = "Register range end 9 out of bounds for window 0 (size 8)";
    assert_eq!(recorded.protect_range(0, 3, 9), Err(LuaError::RuntimeError(message.into())));
    traits! {
        has_debug: System;
        has_default: WindowStats, DebugConfig;
    }
    let sizes = [
        DEFAULT_WINDOW_SIZE,
        MAX_REGISTERS_PER_WINDOW,
        MAX_POOL_WINDOWS_PER_SIZE,
        MAX_TOTAL_POOL_WINDOWS,
        MIN_RECYCLABLE_WINDOW_SIZE,
    ];
    assert_eq!(sizes, [256, 256, 10, 50, 8]);
    let offsets = [TFORLOOP_ITER_OFFSET, TFORLOOP_STATE_OFFSET, TFORLOOP_CONTROL_OFFSET, TFORLOOP_VAR_OFFSET];
    assert_eq!(offsets, [0, 1, 2, 3]);
    assert_eq!([FORLOOP_INDEX_OFFSET, FORLOOP_LIMIT_OFFSET, FORLOOP_STEP_OFFSET, FORLOOP_VAR_OFFSET], offsets);
    let DebugConfig { enable_timeline, max_timeline_entries, verbose_registers, track_value_changes } =
        DebugConfig::default();
    assert_eq!(
        (enable_timeline, max_timeline_entries, verbose_registers, track_value_changes),
        (true, 10_000, false, false)
    );
    let mut system = System::new(100);
    system.allocate_window(12).unwrap();
    let stack: &Vec<RegisterWindow> = &system.window_stack;
    assert_eq!((stack.len(), stack[0].size), (1, 12));
    let recommendation = String::new();
    let issues = WindowIssues {
        excessive_nesting: Some(ExcessiveNesting { current_depth: 1_usize, recommended_max: 1_usize }),
        large_protections: vec![LargeProtection {
            window_idx: 0,
            protected_count: 1,
            window_size: 1,
            protection_ratio: 1.0,
        }],
        unusual_sizes: vec![UnusualWindowSize { window_idx: 0, size: 0, reason: String::new() }],
        memory_concerns: Some(MemoryConcern {
            global_pool_size: 1,
            utilized_registers: 1,
            utilization_ratio: 1.0,
            recommendation: recommendation.clone(),
        }),
        pool_inefficiency: Some(PoolInefficiency { hit_rate: 0.0, pool_sizes: vec![1_usize], recommendation }),
    };
    assert!(!system.format_issues(&issues).is_empty());
}

#[test]
fn script_commands() {
    signatures! {
        LuaGIL::new => fn() -> Result<LuaGIL, FerrousError>;
        LuaGIL::eval => fn(&LuaGIL, &str, ScriptContext) -> Result<RespFrame, FerrousError>;
        LuaGIL::evalsha => fn(&LuaGIL, &str, ScriptContext) -> Result<RespFrame, FerrousError>;
        LuaGIL::script_load => fn(&LuaGIL, &str) -> Result<String, FerrousError>;
        LuaGIL::script_exists => fn(&LuaGIL, &str) -> bool;
        LuaGIL::script_flush => fn(&LuaGIL);
        LuaGIL::kill_script => fn(&LuaGIL) -> Result<(), FerrousError>;
        handle_lua_command => fn(&Arc<StorageEngine>, &str, &[RespFrame]) -> ferrous::error::Result<RespFrame>;
        StorageEngine::get_current_db => fn(&StorageEngine) -> usize;
        StorageEngine::get_lua_gil => fn(&StorageEngine) -> ferrous::error::Result<Arc<LuaGIL>>;
        RespFrame::null_bulk => fn() -> RespFrame;
        RespFrame::null_array => fn() -> RespFrame;
        RespFrame::array => fn(Vec<RespFrame>) -> RespFrame;
        RespFrame::is_null => fn(&RespFrame) -> bool;
        RespFrame::is_error => fn(&RespFrame) -> bool;
        RespFrame::from_bytes => fn(Vec<u8>) -> RespFrame;
    }
    traits! {
        has_clone: ScriptContext, RespFrame;
        has_eq: RespFrame;
        has_debug: RespFrame, FerrousError;
        crosses_threads: ScriptContext, LuaGIL, StorageEngine, RespFrame;
    }
    let storage = StorageEngine::new();
    let (keys, args): (Vec<Vec<u8>>, Vec<Vec<u8>>) = (vec![b"k".to_vec()], Vec::new());
    let context = ScriptContext { storage, db: 0_usize, keys, args, timeout: Duration::from_secs(5) };
    let gil: Arc<LuaGIL> = Arc::new(LuaGIL::new().unwrap());
    assert_eq!(gil.eval("return KEYS[1]", context).unwrap(), RespFrame::bulk_string("k"));
    for frame in
        [RespFrame::simple_string("a"), RespFrame::error("a".to_owned()), RespFrame::from_string("a"), 1.into()]
    {
        match &frame {
            RespFrame::SimpleString(_) | RespFrame::Error(_) | RespFrame::BulkString(_) | RespFrame::Integer(1) => {}
            RespFrame::Integer(_) | RespFrame::Array(_) | RespFrame::Null | RespFrame::Boolean(_) => {}
            RespFrame::Double(_) | RespFrame::Map(_) | RespFrame::Set(_) => {}
        }
    }
    assert!(!RespFrame::from(vec![RespFrame::from("a"), RespFrame::from("a".to_owned())]).is_null());
}
