//! The mathematical functions (§5.6).
//!
//! Results are libm's, through std. What std does not have (`frexp`, `ldexp`) and the generator are the kernel's.

use super::super::native::{CFunction, ExecutionContext, Failure, NativeResult, NativeReturn};
use super::super::value::Value;
use super::new_library;
use crate::kernel::float::{scale_float, split_float};

const FUNCTIONS: &[(&str, CFunction)] = &[
    ("abs", abs),
    ("acos", acos),
    ("asin", asin),
    ("atan", atan),
    ("atan2", atan2),
    ("ceil", ceil),
    ("cos", cos),
    ("cosh", cosh),
    ("deg", deg),
    ("exp", exp),
    ("floor", floor),
    ("fmod", fmod),
    ("frexp", frexp),
    ("ldexp", ldexp),
    ("log", log),
    ("log10", log10),
    ("max", max),
    ("min", min),
    ("modf", modf),
    ("pow", pow),
    ("rad", rad),
    ("random", random),
    ("randomseed", randomseed),
    ("sin", sin),
    ("sinh", sinh),
    ("sqrt", sqrt),
    ("tan", tan),
    ("tanh", tanh),
];

/// Opens the library.
pub(super) fn open(ctx: &mut ExecutionContext<'_>) -> Result<(), Failure> {
    let library = new_library(ctx, "math", FUNCTIONS)?;
    ctx.raw_set_field(library, "pi", Value::Number(std::f64::consts::PI))?;
    ctx.raw_set_field(library, "huge", Value::Number(f64::INFINITY))?;
    // The name of `fmod` in Lua 5.0, as in the default build.
    ctx.raw_set_field(library, "mod", Value::CFunction(fmod))
}

/// A function of one number.
#[inline]
fn unary(ctx: &mut ExecutionContext<'_>, f: impl FnOnce(f64) -> f64) -> NativeResult {
    let x = ctx.check_number(1)?;
    ctx.push_number(f(x));
    Ok(NativeReturn::Results)
}

/// A function of two numbers. The second is checked first, as PUC's compiled code does (C leaves it open).
#[inline]
fn binary(ctx: &mut ExecutionContext<'_>, f: impl FnOnce(f64, f64) -> f64) -> NativeResult {
    let y = ctx.check_number(2)?;
    let x = ctx.check_number(1)?;
    ctx.push_number(f(x, y));
    Ok(NativeReturn::Results)
}

/// §5.6 `math.abs (x)`.
fn abs(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    unary(ctx, f64::abs)
}

/// §5.6 `math.acos (x)`.
fn acos(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    unary(ctx, f64::acos)
}

/// §5.6 `math.asin (x)`.
fn asin(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    unary(ctx, f64::asin)
}

/// §5.6 `math.atan (x)`.
fn atan(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    unary(ctx, f64::atan)
}

/// §5.6 `math.atan2 (y, x)`.
fn atan2(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    binary(ctx, f64::atan2)
}

/// §5.6 `math.ceil (x)`.
fn ceil(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    unary(ctx, f64::ceil)
}

/// §5.6 `math.cos (x)`.
fn cos(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    unary(ctx, f64::cos)
}

/// §5.6 `math.cosh (x)`.
fn cosh(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    unary(ctx, f64::cosh)
}

/// §5.6 `math.deg (x)`.
fn deg(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    // std's conversion multiplies by a constant, which rounds differently from C's division.
    unary(ctx, |x| x / (std::f64::consts::PI / 180.0))
}

/// §5.6 `math.exp (x)`.
fn exp(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    unary(ctx, f64::exp)
}

/// §5.6 `math.floor (x)`.
fn floor(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    unary(ctx, f64::floor)
}

/// §5.6 `math.fmod (x, y)`.
fn fmod(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    binary(ctx, |x, y| x % y)
}

/// §5.6 `math.frexp (x)`.
fn frexp(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    let (mantissa, exponent) = split_float(ctx.check_number(1)?);
    ctx.push_number(mantissa);
    ctx.push_number(exponent.into());
    Ok(NativeReturn::Results)
}

/// §5.6 `math.ldexp (m, e)`.
fn ldexp(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    // In the order of `binary`.
    let exponent = ctx.check_int(2)?;
    let mantissa = ctx.check_number(1)?;
    ctx.push_number(scale_float(mantissa, exponent));
    Ok(NativeReturn::Results)
}

/// §5.6 `math.log (x)`.
fn log(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    unary(ctx, f64::ln)
}

/// §5.6 `math.log10 (x)`.
fn log10(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    unary(ctx, f64::log10)
}

/// The argument that is `better` than all others.
#[inline]
fn extreme(ctx: &mut ExecutionContext<'_>, better: impl Fn(f64, f64) -> bool) -> NativeResult {
    let mut best = ctx.check_number(1)?;
    for index in 2..=ctx.arg_count() {
        let x = ctx.check_number(index)?;
        if better(x, best) {
            best = x;
        }
    }
    ctx.push_number(best);
    Ok(NativeReturn::Results)
}

/// §5.6 `math.max (x, ···)`.
fn max(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    extreme(ctx, |x, best| x > best)
}

/// §5.6 `math.min (x, ···)`.
fn min(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    extreme(ctx, |x, best| x < best)
}

/// §5.6 `math.modf (x)`.
fn modf(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    let x = ctx.check_number(1)?;
    let whole = x.trunc();
    // The fraction has the sign of the number, also when it is zero.
    let fraction = if x.is_infinite() { 0.0_f64.copysign(x) } else { (x - whole).copysign(x) };
    ctx.push_number(whole);
    ctx.push_number(fraction);
    Ok(NativeReturn::Results)
}

/// §5.6 `math.pow (x, y)`.
fn pow(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    binary(ctx, f64::powf)
}

/// §5.6 `math.rad (x)`.
fn rad(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    unary(ctx, |x| x * (std::f64::consts::PI / 180.0))
}

/// §5.6 `math.random ([m [, n]])`.
fn random(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    let arguments = ctx.arg_count();
    // PUC draws before it looks at the arguments.
    let r = ctx.vm.random().next();
    let value = match arguments {
        0 => r,
        1 => {
            let high = ctx.check_int(1)?;
            if high < 1 {
                return Err(ctx.arg_error(1, "interval is empty"));
            }
            (r * f64::from(high)).floor() + 1.0
        }
        2 => {
            let low = ctx.check_int(1)?;
            let high = ctx.check_int(2)?;
            if low > high {
                return Err(ctx.arg_error(2, "interval is empty"));
            }
            let (low, high) = (f64::from(low), f64::from(high));
            (r * (high - low + 1.0)).floor() + low
        }
        _ => return Err(ctx.error("wrong number of arguments")),
    };
    ctx.push_number(value);
    Ok(NativeReturn::Results)
}

/// §5.6 `math.randomseed (x)`.
fn randomseed(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    let seed = ctx.check_int(1)?;
    ctx.vm.random().seed(seed as u32);
    Ok(NativeReturn::Results)
}

/// §5.6 `math.sin (x)`.
fn sin(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    unary(ctx, f64::sin)
}

/// §5.6 `math.sinh (x)`.
fn sinh(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    unary(ctx, f64::sinh)
}

/// §5.6 `math.sqrt (x)`.
fn sqrt(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    unary(ctx, f64::sqrt)
}

/// §5.6 `math.tan (x)`.
fn tan(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    unary(ctx, f64::tan)
}

/// §5.6 `math.tanh (x)`.
fn tanh(ctx: &mut ExecutionContext<'_>) -> NativeResult {
    unary(ctx, f64::tanh)
}
